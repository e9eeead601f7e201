#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

TEST(SchedulerDrain, StartsNothingMoreAndWaitsForWhatRuns)
{
    Recorder sweep({planned("a"), planned("b"), planned("c")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.tell(RankJoined{1, "m", 1, 0, {}});
    sweep.tell(RankJoined{2, "m", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.tell(DrainRequested{"SIGUSR1"});
    EXPECT_EQ(sweep.take<DrainTrials>().rank, 0);
    EXPECT_EQ(sweep.take<DrainTrials>().rank, 1);
    sweep.tell(DrainRequested{"SIGTERM"});
    sweep.nothing_more();  // once is enough
    sweep.end("a", 1, Ending::drained);
    sweep.nothing_more();
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take<CommitResult>();
    sweep.nothing_more();  // a result on its way is waited for
    sweep.tell(Committed{"b", 1});
    sweep.take<Acknowledge>();
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::drained);
    EXPECT_EQ(end.done, 1);
    EXPECT_EQ(end.left, 2);
    EXPECT_EQ(end.reason, "SIGUSR1");
    sweep.nothing_more();
}

TEST(SchedulerDrain, NothingRunsEndsAtOnce)
{
    Recorder sweep({planned("a")});
    sweep.tell(DrainRequested{});
    EXPECT_EQ(sweep.take<Finished>().left, 1);
    sweep.nothing_more();
}

TEST(SchedulerDrain, WhatEndedWellAllTheSameIsDone)
{
    Recorder sweep({planned("a")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take<Assign>();
    sweep.tell(DrainRequested{});
    sweep.take<DrainTrials>();
    sweep.end("a", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().ending, SweepEnding::all_done);
}

TEST(SchedulerDrain, ARankLostWhileDrainingIsNotWaitedFor)
{
    Recorder sweep({planned("a")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.tell(RankJoined{1, "m", 1, 0, {}});
    sweep.take<Assign>();
    sweep.tell(DrainRequested{});
    sweep.take<DrainTrials>();
    sweep.tell(RankLost{0, ""});
    EXPECT_EQ(sweep.take<Finished>().ending, SweepEnding::drained);
}

TEST(SchedulerDrain, ADrainedTrialIsNoFailure)
{
    // Drained by itself (its rank was signalled, the sweep was not): it waits for a slot again.
    Recorder sweep({planned("a")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take<Assign>();
    sweep.end("a", 1, Ending::drained);
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 2);
    sweep.nothing_more();
}

}  // namespace
}  // namespace attnsweep::scheduler
