#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"
#include "scheduler/failure_policy.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

configs::Failure failure(const std::string& kind, const std::string& message = "as it is")
{
    return {kind, message, 0};
}

TEST(SchedulerFailure, KilledBySignalIsTriedThreeTimes)
{
    Recorder sweep({planned("x")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    for (int attempt = 1; attempt <= 3; ++attempt) {
        EXPECT_EQ(sweep.take<Assign>().assignment.attempt, attempt);
        sweep.tell(TrialEnded{"x", attempt, Ending::failed, failure("signal")});
        const auto back = sweep.take<TrialSetBack>();
        EXPECT_EQ(back.again, attempt < 3);
        EXPECT_EQ(back.failure.kind, "signal");
        sweep.take<CommitResult>();
        sweep.nothing_more();  // the next attempt waits for this one's record
        sweep.tell(Committed{"x", attempt});
        sweep.take<Acknowledge>();
    }
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::some_failed);
    EXPECT_EQ(end.failed, 1);
    sweep.nothing_more();
}

TEST(SchedulerFailure, FailuresOfEarlierRunsCount)
{
    Recorder sweep({planned("x", 1, 2, {{"signal", 2}})});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 3);
    sweep.tell(TrialEnded{"x", 3, Ending::failed, failure("signal")});
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
}

TEST(SchedulerFailure, TheTableOfPolicies)
{
    EXPECT_EQ(policy_of("signal").attempts, 3);
    EXPECT_EQ(policy_of("out_of_memory").attempts, 2);
    EXPECT_EQ(policy_of("nan").attempts, 1);
    EXPECT_EQ(policy_of("error").attempts, 1);
    EXPECT_EQ(policy_of("never heard of").attempts, 1);
}

TEST(SchedulerFailure, KilledThreeTimesInWhateverWaysIsEnough)
{
    const auto again = [](std::map<std::string, int> failures, const std::string& kind) {
        ++failures[kind];
        return tried_again(failures, kind);
    };
    EXPECT_TRUE(again({}, "signal"));
    EXPECT_TRUE(again({{"signal", 1}}, "signal"));
    EXPECT_FALSE(again({{"signal", 2}}, "signal"));
    EXPECT_TRUE(again({{"signal", 1}}, "hang"));
    EXPECT_TRUE(again({{"hang", 1}}, "out_of_memory"));
    EXPECT_FALSE(again({{"signal", 1}, {"hang", 1}}, "signal")) << "two signals and a hang";
    EXPECT_FALSE(again({{"signal", 1}, {"hang", 1}}, "out_of_memory")) << "one of each";
    EXPECT_FALSE(again({{"out_of_memory", 1}}, "out_of_memory"));
    EXPECT_TRUE(again({{"device", 2}, {"signal", 1}}, "signal")) << "a device's fault is not the trial's";
    EXPECT_TRUE(again({{"signal", 2}}, "device"));
    EXPECT_FALSE(again({{"device", 2}}, "device"));
    EXPECT_FALSE(again({}, "nan"));
    EXPECT_TRUE(again({{"error", 1}}, "signal")) << "taken up again by --retry failed, then killed once";
}

TEST(SchedulerFailure, KillsOfEarlierRunsAndKindsCountTogether)
{
    Recorder sweep({planned("x", 1, 2, {{"signal", 1}, {"hang", 1}})});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 3);
    sweep.tell(TrialEnded{"x", 3, Ending::failed, failure("signal")});
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
}

TEST(SchedulerFailure, AFailureTakesNothingWithIt)
{
    Recorder sweep({planned("x", 2), planned("y", 1)});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("x"));
    sweep.end("x", 1, Ending::failed, failure("nan"));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("y"));
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
    sweep.end("y", 1);
    sweep.take_acknowledgements();
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::some_failed);
    EXPECT_EQ(end.done, 1);
    EXPECT_EQ(end.failed, 1);
}

TEST(SchedulerFailure, FreshTrialsGoBeforeThoseThatFailed)
{
    Recorder sweep({planned("big", 9), planned("small", 1)});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.end("big", 1, Ending::failed, failure("signal"));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("small"));
    sweep.end("small", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("big"));
}

TEST(SchedulerFailure, FiveAlikeAtTheStartStopTheSweep)
{
    std::vector<PlannedTrial> trials;
    for (int i = 0; i < 9; ++i) {
        trials.push_back(planned("t" + std::to_string(i)));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 2, 0, {}});
    sweep.take_assigned();
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(sweep.scheduler().draining());
        sweep.end("t" + std::to_string(i), 1, Ending::failed, failure("error", "no such file"));
        EXPECT_EQ(sweep.take_assigned().size(), i < 4 ? 1u : 0u);
        EXPECT_FALSE(sweep.take<TrialSetBack>().again);
        sweep.take_acknowledgements();
    }
    EXPECT_TRUE(sweep.scheduler().draining());
    EXPECT_EQ(sweep.take<DrainTrials>().rank, 0);  // t5 runs
    sweep.end("t5", 1, Ending::drained);
    sweep.take_acknowledgements();
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::same_failure);
    EXPECT_EQ(end.left, 4);
    EXPECT_THAT(end.reason, testing::HasSubstr("no such file"));
    sweep.nothing_more();
}

TEST(SchedulerFailure, OneThatWentWellKeepsTheSweepGoing)
{
    std::vector<PlannedTrial> trials;
    for (int i = 0; i < 12; ++i) {
        trials.push_back(planned("t" + std::to_string(i), 100 - i));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    for (int i = 0; i < 12; ++i) {
        if (i == 3) {
            sweep.end("t3", 1);
        } else {
            sweep.end("t" + std::to_string(i), 1, Ending::failed, failure("error"));
        }
    }
    EXPECT_FALSE(sweep.scheduler().draining());
    EXPECT_EQ(sweep.scheduler().failed(), 11);
}

}  // namespace
}  // namespace attnsweep::scheduler
