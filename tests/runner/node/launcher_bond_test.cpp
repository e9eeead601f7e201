#include "runner/node/launcher_bond.h"

#include <csignal>
#include <optional>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/protocol.h"

namespace attnsweep::runner {
namespace {

/// A launcher whose one process binds itself to it, before or after the launcher is killed, and then waits for ever.
/// -> how that process ended, as waitpid gives it.
int ending_of_a_process_whose_launcher_is_killed(bool bound_before)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that it becomes our child, to be waited for
    int told[2];
    EXPECT_EQ(::pipe(told), 0);
    const pid_t launcher = ::fork();
    if (launcher == 0) {
        const pid_t itself = ::getpid();
        if (::fork() == 0) {
            std::optional<LauncherBond> bond;
            if (bound_before) {
                bond.emplace(itself);
            }
            const pid_t number = ::getpid();
            [[maybe_unused]] const auto ignored = ::write(told[1], &number, sizeof number);
            while (::getppid() == itself) {
                ::usleep(1000);
            }
            if (!bound_before) {
                bond.emplace(itself);
            }
            ::usleep(10'000'000);
            ::_exit(0);
        }
        for (;;) {
            ::pause();
        }
    }
    pid_t process = 0;
    EXPECT_EQ(::read(told[0], &process, sizeof process), static_cast<ssize_t>(sizeof process));
    ::kill(launcher, SIGKILL);
    ::waitpid(launcher, nullptr, 0);
    int status = 0;
    ::waitpid(process, &status, 0);
    ::close(told[0]);
    ::close(told[1]);
    return status;
}

TEST(LauncherBond, EndsAProcessThatWaitsWhenItsLauncherIsKilled)
{
    const int status = ending_of_a_process_whose_launcher_is_killed(true);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST(LauncherBond, EndsAProcessWhoseLauncherIsGoneAlready)
{
    const int status = ending_of_a_process_whose_launcher_is_killed(false);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == exit_run_again) << status;
}

TEST(LauncherBond, WithoutALauncherChangesNothing)
{
    const LauncherBond bond(0);
    int number = -1;
    ::prctl(PR_GET_PDEATHSIG, &number);
    EXPECT_EQ(number, 0);
}

}  // namespace
}  // namespace attnsweep::runner
