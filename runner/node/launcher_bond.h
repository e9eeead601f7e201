#pragma once

#include <sys/types.h>

namespace attnsweep::runner {

/// While it lives, this process is killed when its launcher ends: for calls that wait for the launcher or for other ranks and
/// would wait for ever once it is gone (MPI_Init, MPI_Finalize, the last messages). Nothing is lost by it: before the first of
/// them nothing has begun, before the last the store is closed. `launcher`: this process's parent when it began; 0: there is none.
/// A launcher that is gone already ends this process at once with exit_run_again.
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
