#include "runner/node/launcher_bond.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/prctl.h>
#include <unistd.h>

#include "runner/protocol.h"

namespace attnsweep::runner {

LauncherBond::LauncherBond(pid_t launcher) : bound_(launcher != 0)
{
    if (!bound_) {
        return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launcher) {  // it ended before the kernel was told
        std::fputs("attnsweep: the launcher is gone; rerun the command to resume\n", stderr);
        std::fflush(nullptr);
        std::_Exit(exit_run_again);
    }
}

LauncherBond::~LauncherBond()
{
    if (bound_) {
        ::prctl(PR_SET_PDEATHSIG, 0);
    }
}

}  // namespace attnsweep::runner
