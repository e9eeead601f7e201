// Devices: shared as far as memory reaches, set aside when they fail. GPUs are a stand-in's (stand_in_nvml.cpp).
#include "tests/paths.h"
#include "tests/runner/rank/run_fixture.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
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
    /// The logs of the first repeats.
    std::vector<std::string> logs() const
    {
        std::vector<std::string> all;
        for (const char* label : {"stft-r0-s1", "stft-r25-s1", "cqt-r0-s1", "cqt-r25-s1"}) {
            all.push_back(log_of(label));
        }
        return all;
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

TEST_F(Sharing, ATrialSeesOneGpuByItsUuidAndWithoutOneIsToldSo)
{
    ASSERT_EQ(run(with_gpus(2, 80, line(0, "*=slow", "--set sweep.repeats=1"))).code, 0);
    std::set<std::string> seen;
    for (const std::string& log : logs()) {
        EXPECT_THAT(log, HasSubstr("device cuda:0; visible GPU-0000000"));
        seen.insert(log.substr(log.find("visible GPU-"), 20));
    }
    EXPECT_EQ(seen.size(), 2u) << "both are used";
    const Ended without = run("export CUDA_VISIBLE_DEVICES=; " + with_gpus(2, 80, line(0)));
    ASSERT_EQ(without.code, 0) << without.output;
    EXPECT_THAT(log_of("stft-r0-s2"), HasSubstr("device cpu; visible "));
}

TEST_F(Sharing, ATrialOnTwoGpusSeesBoth)
{
    const Ended ended =
        run(with_gpus(4, 80, line(0, "*=slow", "--set sweep.repeats=1 --set execution.devices_per_trial=2")));
    ASSERT_EQ(ended.code, 0) << ended.output;
    std::set<std::string> seen;
    for (const std::string& log : logs()) {
        EXPECT_THAT(log, HasSubstr("device cuda:0; visible GPU-0000000"));
        EXPECT_THAT(log, HasSubstr("; replicas 2"));
        const std::string visible = log.substr(log.find("visible "), log.find("; tunables") - log.find("visible "));
        EXPECT_THAT(visible, HasSubstr(",GPU-0000000"));
        seen.insert(visible);
    }
    EXPECT_EQ(seen.size(), 2u) << "two pairs of four";
}

TEST_F(Sharing, ReplicasOnCpuSlotsHaveTheCoresOfTheirSlots)
{
    if (std::thread::hardware_concurrency() < 2) {
        GTEST_SKIP() << "one core cannot be divided";
    }
    const Ended ended =
        run(line(0, "*=slow", "--set sweep.repeats=1 --set execution.devices_per_trial=2 --device cpu"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    for (const std::string& log : logs()) {
        EXPECT_THAT(log, testing::ContainsRegex("; replicas 2 on cores \\[[0-9]+\\] and \\[[0-9]+\\]\n"));
    }
}

TEST_F(Sharing, RanksOfOneHostWithAGpuEachUseThemAll)
{
    // As srun --gpus-per-task does: each rank sees one of four, as number 0.
    const std::filesystem::path wrapper = folder_ / "one_gpu";
    std::ofstream(wrapper) << "#!/bin/sh\nexport CUDA_VISIBLE_DEVICES=$OMPI_COMM_WORLD_RANK\nexec \"$@\"\n";
    std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);
    std::string ranks = with_gpus(4, 80, line(4, "*=slow"));
    const std::string before = " -n 4 ";
    ranks.insert(ranks.find(before) + before.size(), quoted(wrapper) + " ");
    const Ended ended = run(ranks);
    ASSERT_EQ(ended.code, 0) << ended.output;
    for (int part = 1; part <= 4; ++part) {
        EXPECT_THAT(ended.output, HasSubstr(fmt::format("/{}: 1 slot on 1 GPU", part)));
    }
    std::set<std::string> seen;
    for (const std::string& log : logs()) {
        seen.insert(log.substr(log.find("visible GPU-"), 20));
    }
    for (const char* label : {"stft-r0-s2", "stft-r25-s2", "cqt-r0-s2", "cqt-r25-s2"}) {
        seen.insert(log_of(label).substr(log_of(label).find("visible GPU-"), 20));
    }
    EXPECT_EQ(seen.size(), 4u) << "each GPU is used, by the rank that sees it";
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
    const Ended ended =
        run("export SLURM_JOB_ID=1 SLURM_JOB_END_TIME=$(($(date +%s) + 8)); " + line(0, "", "--grace 1"));
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("begins on")));
    EXPECT_THAT(ended.output, HasSubstr("too near"));
    EXPECT_THAT(ended.output,
                HasSubstr("from now by Slurm job 1 (SLURM_JOB_END_TIME), is too short for any trial: 0:06 "
                          "are kept back to end it (--grace 1)"));
}

TEST_F(Sharing, TheLimitOfAJobThatIsOverIsIgnored)
{
    const Ended ended = run("export SLURM_JOB_ID=1 SLURM_JOB_END_TIME=1000000000; " + line(0));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("Slurm job 1 was to end"));
}

TEST_F(Sharing, ATimeThatIsNoneIsNamed)
{
    const Ended ended = run(line(0, "", "--time-limit 4h"));
    EXPECT_EQ(ended.code, 2) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("3:50:00"));
}

}  // namespace
}  // namespace attnsweep::tests
