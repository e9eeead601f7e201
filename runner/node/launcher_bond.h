#pragma once

#include <sys/types.h>

namespace attnsweep::runner {

/// Has the kernel kill this process when its launcher ends, as long as the object lives: for calls that wait for the launcher or
/// for other ranks and would otherwise never return (MPI_Init, MPI_Finalize, the last messages). This loses nothing: at MPI_Init
/// nothing has begun, at MPI_Finalize the store is closed. `launcher`: this process's parent when it began; 0: none. If the
/// launcher is already gone, the constructor exits with exit_run_again.
class LauncherBond {
public:
    explicit LauncherBond(pid_t launcher);
    ~LauncherBond();
    LauncherBond(const LauncherBond&) = delete;
    LauncherBond& operator=(const LauncherBond&) = delete;

private:
    bool bound_;
};

}  // namespace attnsweep::runner
