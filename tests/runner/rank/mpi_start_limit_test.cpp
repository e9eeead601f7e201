#include "runner/rank/mpi_start_limit.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include "runner/protocol.h"
#include "tests/environment_variable.h"

namespace attnsweep::runner {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Ended {
    int status = 0;
    std::string said;
};

/// A process of this rank under a limit of `limit` seconds that waits for ever, inside its scope or behind it.
Ended one_that_waits(int rank, const std::string& limit, bool inside)
{
    const tests::EnvironmentVariable variable("ATTNSWEEP_MPI_START_LIMIT_S", limit);
    int told[2];
    EXPECT_EQ(::pipe(told), 0);
    const pid_t process = ::fork();
    if (process == 0) {
        ::dup2(told[1], STDERR_FILENO);
        ::close(told[0]);
        {
            const MpiStartLimit scope(rank);
            for (int i = 0; inside && i < 600; ++i) {
                ::usleep(100'000);  // each alarm interrupts one
            }
        }
        ::usleep(2'500'000);
        ::_exit(0);
    }
    ::close(told[1]);
    Ended ended;
    char bytes[1024];
    for (ssize_t n = 0; (n = ::read(told[0], bytes, sizeof bytes)) > 0;) {
        ended.said.append(bytes, static_cast<std::size_t>(n));
    }
    ::close(told[0]);
    ::waitpid(process, &ended.status, 0);
    return ended;
}

TEST(MpiStartLimit, EndsOneThatWaitsAndSaysWhatItWaitedFor)
{
    const Ended ended = one_that_waits(0, "2", true);
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == exit_failed) << ended.status;
    EXPECT_THAT(ended.said, AllOf(HasSubstr("(rank 0): MPI has not started after 1 s"), HasSubstr("it waits 1 s more"),
                                  HasSubstr("has not started within 2 s"), HasSubstr("nodes cannot reach each other"),
                                  HasSubstr("ATTNSWEEP_MPI_START_LIMIT_S")));
}

TEST(MpiStartLimit, OfManyRanksTwoSpeak)
{
    const Ended ended = one_that_waits(2, "1", true);
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == exit_failed) << ended.status;
    EXPECT_EQ(ended.said, "");
}

TEST(MpiStartLimit, WhatIsNoNumberOfSecondsIsNotTakenForForEver)
{
    for (const char* wrong : {"abc", "1m", "-1", ""}) {
        const tests::EnvironmentVariable variable("ATTNSWEEP_MPI_START_LIMIT_S", wrong);
        const MpiStartLimit scope(0);
        EXPECT_EQ(::alarm(0), 60U) << wrong;  // a tenth of the usual limit
    }
    const tests::EnvironmentVariable variable("ATTNSWEEP_MPI_START_LIMIT_S", "0");
    const MpiStartLimit scope(0);
    EXPECT_EQ(::alarm(0), 0U);
}

TEST(MpiStartLimit, LeavesAloneWhatComesAfterItsScope)
{
    const Ended ended = one_that_waits(0, "2", false);
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) << ended.status;
    EXPECT_EQ(ended.said, "");
}

}  // namespace
}  // namespace attnsweep::runner
