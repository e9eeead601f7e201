#include "runner/node/fenced_start.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/runner/node/stand_in_gpus.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

class GpuMemory : public tests::StandInGpus {
protected:
    GpuMemory()
    {
        set("STAND_IN_GPUS", "1");
        set("STAND_IN_GPU_BYTES", "1000000000");
        std::signal(SIGPIPE, SIG_IGN);  // it does not read its order
        start_.program = "/bin/true";
        start_.order.earlier_attempts = {folder_ / "attempt-0"};
        start_.order.attempt_folder = folder_ / "attempt-1";
        start_.gpus = {"GPU-00000000-0000-0000-0000-000000000000"};
        start_.gpu_bytes = {8000000000};
    }

    /// The memory is free as soon as it is said to be waited for.
    void run_it()
    {
        const auto process = start_fenced(
            start_, 1,
            [&](const std::string& text) {
                told_.push_back(text);
                set("STAND_IN_GPU_BYTES", "9000000000");
            },
            [] { return false; });
        ASSERT_TRUE(process);
        ::waitpid(process->pid, nullptr, 0);
        ::close(process->events);
    }

    tests::TemporaryFolder folder_;
    TrialStart start_;
    std::vector<std::string> told_;
};

TEST_F(GpuMemory, ThatAKilledProcessStillHoldsIsWaitedFor)
{
    run_it();
    EXPECT_THAT(told_, testing::ElementsAre("waits until 8.0 GB are free on " + start_.gpus[0] + "; 1.0 GB are"));
}

TEST_F(GpuMemory, IsWaitedForOnEachGpuAsMuchAsThatOneHad)
{
    set("STAND_IN_GPUS", "2");
    start_.gpus.emplace_back("GPU-00000001-0000-0000-0000-000000000000");
    start_.gpu_bytes = {500000000, 8000000000};
    run_it();
    EXPECT_THAT(told_, testing::ElementsAre("waits until 8.0 GB are free on " + start_.gpus[1] + "; 1.0 GB are"));
}

TEST_F(GpuMemory, IsNotWaitedForOnceTheSweepEnds)
{
    EXPECT_FALSE(start_fenced(
        start_, 1, [&](const std::string& text) { told_.push_back(text); }, [&] { return !told_.empty(); }));
    EXPECT_FALSE(std::filesystem::exists(start_.order.attempt_folder)) << "nothing was started";
}

TEST_F(GpuMemory, IsNotWaitedForByAFirstAttempt)
{
    start_.order.earlier_attempts.clear();
    run_it();
    EXPECT_THAT(told_, testing::IsEmpty());
}

TEST_F(GpuMemory, IsNotAskedAboutWhereTheDriverDoesNotSay)
{
    set("STAND_IN_GPU_BYTES", "0");
    run_it();
    EXPECT_THAT(told_, testing::IsEmpty());
}

}  // namespace
}  // namespace attnsweep::runner
