// Devices: shared as far as memory reaches, set aside when they fail. GPUs are a stand-in's (stand_in_nvml.cpp).
#include "tests/paths.h"
#include "tests/runner/rank/run_fixture.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Sharing : public RunFixture {
protected:
    std::string with_gpus(int gpus, double gigabytes, const std::string& rest) const
    {
        return fmt::format("export LD_LIBRARY_PATH={} STAND_IN_GPUS={} STAND_IN_GPU_BYTES={:.0f}; ",
                           quoted(attnsweep::tests::paths::stand_in_nvml_folder), gpus, gigabytes * 1e9) +
               rest;
    }
};

TEST_F(Sharing, ASecondTrialIsPutOnAGpuWhenBothFit)
{
    if (std::thread::hardware_concurrency() < 2) {
        GTEST_SKIP() << "each trial has cores of its own";
    }
    const std::string packed = line(0, "*=slow", "--slots-per-device 2 --set sweep.repeats=1");
    const Ended ended = run(with_gpus(1, 80, packed));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("2 slots on 1 GPU"));
    EXPECT_THAT(ended.output, HasSubstr("slot 1"));
}

TEST_F(Sharing, AndNotWhenTheyDoNot)
{
    const std::string packed = line(0, "*=slow", "--set execution.slots_per_device=2 --set sweep.repeats=1");
    const Ended ended = run(with_gpus(1, 1.5, packed));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("slot 1"))) << "of 1.4 GB each takes more than 1";
}

TEST_F(Sharing, OneOnEachWhereTheDriverDoesNotSayHowMuchThereIs)
{
    const Ended ended = run(with_gpus(2, 0, line(0, "", "--slots-per-device 2 --set sweep.repeats=1")));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("2 slots on 2 GPUs (one on each"));
}

TEST_F(Sharing, ADeviceThatFailsIsSetAsideAndItsTrialRunsElsewhere)
{
    const Ended ended = run(with_gpus(2, 80, line(0, "stft-r25-s1=fails-device-once")));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("device 0 is disabled for the rest of this run"));
    EXPECT_EQ(states().at("stft-r25-s1").attempts, 2);
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(Sharing, WithoutADeviceTheSweepEndsAndTheSameLineGoesOn)
{
    const Ended ended = run(with_gpus(2, 80, line(0, "*=fails-device")));
    EXPECT_EQ(ended.code, 6) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("no device is left"));
    EXPECT_EQ(count(store::Status::done), 0);
    const Ended again = run(with_gpus(2, 80, line(0)));
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(Sharing, OutOfMemoryIsTriedOnceMoreThenSetAside)
{
    const Ended ended = run(line(0, "stft-r0-s1=fails-out_of_memory-once,cqt-r0-s1=fails-out_of_memory", "--slots 2"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    const auto all = states();
    EXPECT_EQ(all.at("stft-r0-s1").status, store::Status::done);
    EXPECT_EQ(all.at("stft-r0-s1").attempts, 2);
    EXPECT_EQ(all.at("cqt-r0-s1").status, store::Status::failed);
    EXPECT_EQ(all.at("cqt-r0-s1").attempts, 2);
    const Ended again = run(line(0, "", "--slots 2"));
    EXPECT_EQ(again.code, 4) << "given up for good";
    EXPECT_EQ(states().at("cqt-r0-s1").attempts, 2);
}

TEST_F(Sharing, KillsOfSeveralRunsAndKindsCountTogether)
{
    // Each of these stops after five that fail alike, each of them once: killed three times in three runs.
    const auto with_attempts = [&](int attempts) {
        const auto all = states();
        return std::count_if(all.begin(), all.end(),
                             [&](const auto& each) { return each.second.attempts == attempts; });
    };
    ASSERT_EQ(run(line(0, "*=segv", "--slots 1")).code, 4);
    EXPECT_EQ(with_attempts(1), 5);
    ASSERT_EQ(run(line(0, "*=fails-out_of_memory", "--slots 1")).code, 4);
    EXPECT_EQ(with_attempts(2), 5);
    const Ended third = run(line(0, "*=segv", "--slots 1"));
    ASSERT_EQ(third.code, 4);
    EXPECT_EQ(with_attempts(3), 5);
    EXPECT_THAT(third.output, HasSubstr("given up")) << "the third kill, though only the second signal";
    EXPECT_THAT(third.output, Not(HasSubstr("tried again")));
    const Ended last = run(line(0));
    EXPECT_EQ(last.code, 4) << last.output;
    EXPECT_EQ(with_attempts(3), 5) << "for good, also in the next run";
    EXPECT_EQ(count(store::Status::done), 3);
    const Ended retried = run(line(0, "", "--retry failed"));
    EXPECT_EQ(retried.code, 0) << retried.output;
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(Sharing, BeforeTheTimeLimitEverythingIsDrained)
{
    const Ended ended = run(line(0, "*=slow", "--slots 1 --grace 1 --time-limit 0:13"));
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("the time limit"));
    EXPECT_THAT(ended.output, HasSubstr("rerun the command to resume"));
    EXPECT_GT(count(store::Status::done), 0);
    const Ended resumed = run(line(0, ""));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
}

TEST_F(Sharing, NothingIsStartedBeforeALimitThatIsTooNear)
{
    const Ended ended = run(line(0, "", "--grace 1 --time-limit 0:08"));
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("begins on")));
    EXPECT_THAT(ended.output, HasSubstr("too near"));
}

TEST_F(Sharing, ATimeThatIsNoneIsNamed)
{
    const Ended ended = run(line(0, "", "--time-limit 4h"));
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("3:50:00"));
}

}  // namespace
}  // namespace attnsweep::tests
