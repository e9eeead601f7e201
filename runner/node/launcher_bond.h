#pragma once

#include <csignal>

#include <sys/types.h>

#include "runner/node/launcher_stderr.h"

namespace attnsweep::runner {

/// What a rank says when its launcher has ended without it.
inline constexpr const char* launcher_is_gone = "interrupted: the launcher is gone; rerun the command to resume";

/// Has the kernel end this process when its launcher ends, as long as the object lives, with launcher_is_gone on the launcher's
/// stderr and exit_run_again: for calls that wait for the launcher or for other ranks and would otherwise never return (MPI_Init,
/// MPI_Finalize, the last messages). This loses nothing: at MPI_Init nothing has begun, at MPI_Finalize the store is closed.
/// `launcher`: this process's parent when it began; 0: none. `words` must outlive it. If the launcher is already gone, the
/// constructor ends the process in the same way. One object at a time; it takes SIGUSR2.
class LauncherBond {
public:
    LauncherBond(pid_t launcher, const LauncherStderr& words);
    ~LauncherBond();
    LauncherBond(const LauncherBond&) = delete;
    LauncherBond& operator=(const LauncherBond&) = delete;

private:
    bool bound_;
    struct sigaction before_{};
};

}  // namespace attnsweep::runner
