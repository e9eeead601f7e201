#include "runner/node/launcher_bond.h"

#include <cstdlib>
#include <string_view>

#include <sys/prctl.h>
#include <unistd.h>

#include "runner/protocol.h"

namespace attnsweep::runner {

namespace {

constexpr int told_by_kernel = SIGUSR2;

// A signal handler has no other way to know.
volatile pid_t bound_to = 0;
const LauncherStderr* volatile launcher_words = nullptr;

[[noreturn]] void end_without_launcher() noexcept
{
    const LauncherStderr* const words = launcher_words;
    words->write("attnsweep: ");
    words->write(launcher_is_gone);
    words->write("\n");
    std::_Exit(exit_run_again);
}

extern "C" void on_launcher_end(int /*number*/)
{
    if (::getppid() != bound_to) {  // else somebody sent the signal
        end_without_launcher();
    }
}

}  // namespace

LauncherBond::LauncherBond(pid_t launcher, const LauncherStderr& words) : bound_(launcher != 0)
{
    if (!bound_) {
        return;
    }
    bound_to = launcher;
    launcher_words = &words;
    struct sigaction action = {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_launcher_end;
    sigaction(told_by_kernel, &action, &before_);
    sigset_t told;
    sigemptyset(&told);
    sigaddset(&told, told_by_kernel);
    pthread_sigmask(SIG_UNBLOCK, &told, nullptr);  // who started this process may have blocked it
    ::prctl(PR_SET_PDEATHSIG, told_by_kernel);
    if (::getppid() != launcher) {  // it ended before the kernel was told
        end_without_launcher();
    }
}

LauncherBond::~LauncherBond()
{
    if (bound_) {
        ::prctl(PR_SET_PDEATHSIG, 0);
        sigaction(told_by_kernel, &before_, nullptr);
        launcher_words = nullptr;
    }
}

}  // namespace attnsweep::runner
