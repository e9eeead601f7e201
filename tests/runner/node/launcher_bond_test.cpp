#include "runner/node/launcher_bond.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/protocol.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

struct Ending {
    int status = 0;  ///< as waitpid gives it
    std::string said;
};

/// A launcher whose one process binds itself to it, before or after the launcher is killed, and then waits for ever. The
/// process's own stderr leads nowhere, as a pipe to a launcher that is gone.
Ending ending_of_a_process_whose_launcher_is_killed(bool bound_before, int signal)
{
    const tests::TemporaryFolder folder;
    const std::string log = folder / "log";
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that it becomes our child, to be waited for
    int told[2];
    EXPECT_EQ(::pipe(told), 0);
    const pid_t launcher = ::fork();
    if (launcher == 0) {
        const pid_t itself = ::getpid();
        ::signal(SIGSEGV, SIG_DFL);  // AddressSanitizer would report it
        ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        if (::fork() == 0) {
            const LauncherStderr words(itself);
            ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
            std::optional<LauncherBond> bond;
            if (bound_before) {
                bond.emplace(itself, words);
            }
            const pid_t number = ::getpid();
            [[maybe_unused]] const auto ignored = ::write(told[1], &number, sizeof number);
            while (::getppid() == itself) {
                ::usleep(1000);
            }
            if (!bound_before) {
                bond.emplace(itself, words);
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
    ::kill(launcher, signal);
    ::waitpid(launcher, nullptr, 0);
    int status = 0;
    ::waitpid(process, &status, 0);
    ::close(told[0]);
    ::close(told[1]);
    std::ifstream file(log);
    return {status, {std::istreambuf_iterator<char>(file), {}}};
}

TEST(LauncherBond, EndsAProcessThatWaitsWhenItsLauncherIsKilled)
{
    for (const int signal : {SIGKILL, SIGSEGV}) {
        const Ending ending = ending_of_a_process_whose_launcher_is_killed(true, signal);
        EXPECT_TRUE(WIFEXITED(ending.status) && WEXITSTATUS(ending.status) == exit_run_again) << ending.status;
        EXPECT_EQ(ending.said, "attnsweep: interrupted: the launcher is gone; rerun the command to resume\n");
    }
}

TEST(LauncherBond, EndsAProcessWhoseLauncherIsGoneAlready)
{
    const Ending ending = ending_of_a_process_whose_launcher_is_killed(false, SIGSEGV);
    EXPECT_TRUE(WIFEXITED(ending.status) && WEXITSTATUS(ending.status) == exit_run_again) << ending.status;
    EXPECT_EQ(ending.said, "attnsweep: interrupted: the launcher is gone; rerun the command to resume\n");
}

TEST(LauncherBond, ASignalFromAnybodyElseEndsNothing)
{
    const LauncherStderr words(::getppid());
    {
        const LauncherBond bond(::getppid(), words);
        ::raise(SIGUSR2);
    }
    struct sigaction after = {};
    sigaction(SIGUSR2, nullptr, &after);
    EXPECT_EQ(after.sa_handler, SIG_DFL);
}

TEST(LauncherBond, WithoutALauncherChangesNothing)
{
    const LauncherStderr words(0);
    const LauncherBond bond(0, words);
    int number = -1;
    ::prctl(PR_GET_PDEATHSIG, &number);
    EXPECT_EQ(number, 0);
}

}  // namespace
}  // namespace attnsweep::runner
