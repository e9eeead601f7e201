#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/failure_policy.h"
#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

configs::Failure failure(configs::FailureKind kind, const std::string& message = "as it is")
{
    return {kind, message, 0};
}

TEST(SchedulerFailure, KilledBySignalIsTriedThreeTimes)
{
    Recorder sweep({planned("x")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    for (int attempt = 1; attempt <= 3; ++attempt) {
        EXPECT_EQ(sweep.take<Assign>().assignment.attempt, attempt);
        sweep.tell(TrialEnded{"x", attempt, Ending::failed, failure(configs::FailureKind::signal)});
        const auto back = sweep.take<TrialSetBack>();
        EXPECT_EQ(back.again, attempt < 3);
        EXPECT_EQ(back.failure.kind, configs::FailureKind::signal);
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
    Recorder sweep({planned("x", 1, 2, {{configs::FailureKind::signal, 2}})});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 3);
    sweep.tell(TrialEnded{"x", 3, Ending::failed, failure(configs::FailureKind::signal)});
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
}

TEST(SchedulerFailure, TheTableOfPolicies)
{
    EXPECT_EQ(policy_of(configs::FailureKind::signal).attempts, 3);
    EXPECT_EQ(policy_of(configs::FailureKind::out_of_memory).attempts, 2);
    EXPECT_EQ(policy_of(configs::FailureKind::nan).attempts, 1);
    EXPECT_EQ(policy_of(configs::FailureKind::error).attempts, 1);
    EXPECT_EQ(policy_of(configs::failure_kind("of a later version")).attempts, 1);
}

TEST(SchedulerFailure, KilledThreeTimesInWhateverWaysIsEnough)
{
    const auto again = [](configs::FailureCounts failures, configs::FailureKind kind) {
        ++failures[kind];
        return tried_again(failures, kind);
    };
    EXPECT_TRUE(again({}, configs::FailureKind::signal));
    EXPECT_TRUE(again({{configs::FailureKind::signal, 1}}, configs::FailureKind::signal));
    EXPECT_FALSE(again({{configs::FailureKind::signal, 2}}, configs::FailureKind::signal));
    EXPECT_TRUE(again({{configs::FailureKind::signal, 1}}, configs::FailureKind::hang));
    EXPECT_TRUE(again({{configs::FailureKind::hang, 1}}, configs::FailureKind::out_of_memory));
    EXPECT_FALSE(
        again({{configs::FailureKind::signal, 1}, {configs::FailureKind::hang, 1}}, configs::FailureKind::signal))
        << "two signals and a hang";
    EXPECT_FALSE(again({{configs::FailureKind::signal, 1}, {configs::FailureKind::hang, 1}},
                       configs::FailureKind::out_of_memory))
        << "one of each";
    EXPECT_FALSE(again({{configs::FailureKind::out_of_memory, 1}}, configs::FailureKind::out_of_memory));
    EXPECT_TRUE(
        again({{configs::FailureKind::device, 2}, {configs::FailureKind::signal, 1}}, configs::FailureKind::signal))
        << "a device's fault is not the trial's";
    EXPECT_TRUE(again({{configs::FailureKind::signal, 2}}, configs::FailureKind::device));
    EXPECT_FALSE(again({{configs::FailureKind::device, 2}}, configs::FailureKind::device));
    EXPECT_FALSE(again({}, configs::FailureKind::nan));
    EXPECT_TRUE(again({{configs::FailureKind::error, 1}}, configs::FailureKind::signal))
        << "taken up again by --retry failed, then killed once";
}

TEST(SchedulerFailure, KillsOfEarlierRunsAndKindsCountTogether)
{
    Recorder sweep({planned("x", 1, 2, {{configs::FailureKind::signal, 1}, {configs::FailureKind::hang, 1}})});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 3);
    sweep.tell(TrialEnded{"x", 3, Ending::failed, failure(configs::FailureKind::signal)});
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
}

TEST(SchedulerFailure, AFailureTakesNothingWithIt)
{
    Recorder sweep({planned("x", 2), planned("y", 1)});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("x"));
    sweep.end("x", 1, Ending::failed, failure(configs::FailureKind::nan));
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
    sweep.end("big", 1, Ending::failed, failure(configs::FailureKind::signal));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("small"));
    sweep.end("small", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("big"));
}

TEST(SchedulerFailure, FiveAlikeAtTheStartStopTheSweep)
{
    std::vector<PlannedTrial> trials;
    trials.reserve(9);
    for (int i = 0; i < 9; ++i) {
        trials.push_back(planned("t" + std::to_string(i)));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 2, 0, {}});
    sweep.take_assigned();
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(sweep.scheduler().draining());
        sweep.end("t" + std::to_string(i), 1, Ending::failed, failure(configs::FailureKind::error, "no such file"));
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
    trials.reserve(12);
    for (int i = 0; i < 12; ++i) {
        trials.push_back(planned("t" + std::to_string(i), 100 - i));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    for (int i = 0; i < 12; ++i) {
        if (i == 3) {
            sweep.end("t3", 1);
        } else {
            sweep.end("t" + std::to_string(i), 1, Ending::failed, failure(configs::FailureKind::error));
        }
    }
    EXPECT_FALSE(sweep.scheduler().draining());
    EXPECT_EQ(sweep.scheduler().failed(), 11);
}

}  // namespace
}  // namespace attnsweep::scheduler
