#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

TEST(SchedulerRank, SlotsBelongToTheNodeAndItsRanksShareThem)
{
    Recorder sweep({planned("a"), planned("b"), planned("c")});
    sweep.tell(RankJoined{0, "n", 2, 0, {}});
    EXPECT_EQ(sweep.take<Assign>(), (Assign{0, {1, {"a"}, {{"n", 0}}}}));
    EXPECT_EQ(sweep.take<Assign>(), (Assign{0, {1, {"b"}, {{"n", 1}}}}));
    sweep.tell(RankJoined{1, "n", 2, 0, {}});
    sweep.nothing_more();  // no new slots
    sweep.end("a", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Assign>(), (Assign{1, {1, {"c"}, {{"n", 0}}}})) << "the rank that runs the least";
}

TEST(SchedulerRank, AFreedPlaceTakesTheNextTrialBeforeItIsKnownHowTheLastOneEnded)
{
    Recorder sweep({planned("a", 3), planned("b", 2), planned("c", 1)}, {.alike_failures_to_stop = 0});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(SlotReleased{"a", 1});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
    EXPECT_EQ(sweep.scheduler().running(), 1);
    EXPECT_EQ(sweep.scheduler().ending(), 1);
    sweep.tell(SlotReleased{"a", 1});  // said twice
    sweep.nothing_more();
    sweep.end("b", 1);
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
    sweep.end("c", 1);
    sweep.take_acknowledgements();
    sweep.nothing_more();  // the sweep is not over while one is ending
    sweep.end("a", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().done, 3);
    sweep.nothing_more();
}

TEST(SchedulerRank, WhileAllMayBeFailingAlikeAPlaceWaitsForTheWordHowItsTrialEnded)
{
    Recorder sweep({planned("a", 3), planned("b", 2), planned("c", 1)});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(SlotReleased{"a", 1});
    sweep.nothing_more();
    sweep.end("a", 1);  // done: not all fail
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
    sweep.tell(SlotReleased{"b", 1});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
    sweep.end("b", 1);
    sweep.end("c", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().done, 3);
}

TEST(SchedulerRank, WhatWasEndingOnALostRankIsTriedAgainAtOnceForItsPlaceIsFree)
{
    Recorder sweep({planned("a", 2)}, {.lost_rank_grace_s = 10, .alike_failures_to_stop = 0});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.tell(RankJoined{1, "m", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().rank, 0);
    sweep.tell(SlotReleased{"a", 1});
    sweep.nothing_more();
    sweep.tell(RankLost{0, "killed"});
    EXPECT_EQ(sweep.take<Assign>(), (Assign{1, {2, {"a"}, {{"m", 0}}}}));
    sweep.tell(TrialEnded{"a", 1, Ending::done, {}});
    sweep.nothing_more();  // too late
    sweep.end("a", 2);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().done, 1);
}

TEST(SchedulerRank, MoreRanksThanTrials)
{
    Recorder sweep({planned("a")});
    for (int rank = 0; rank < 4; ++rank) {
        sweep.tell(RankJoined{rank, "n" + std::to_string(rank), 1, 0, {}});
    }
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.end("a", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().ending, SweepEnding::all_done);
}

TEST(SchedulerRank, ALostRanksTrialIsTriedAgainAndItsSlotPassesToItsNeighbour)
{
    Recorder sweep({planned("a", 2), planned("b", 1)}, {.lost_rank_grace_s = 10});
    sweep.tell(RankJoined{0, "n", 2, 0, {}});
    sweep.take_assigned();
    sweep.tell(RankJoined{1, "m", 1, 0, {}});
    sweep.tell(RankJoined{2, "m", 1, 0, {}});
    sweep.end("b", 1);
    sweep.take_acknowledgements();
    sweep.nothing_more();

    Recorder other({planned("a", 2), planned("b", 1)}, {.lost_rank_grace_s = 10});
    other.tell(RankJoined{1, "m", 1, 0, {}});
    other.tell(RankJoined{2, "m", 1, 0, {}});
    EXPECT_EQ(other.take<Assign>().rank, 1);
    other.at(100);
    other.tell(RankLost{1, "killed"});
    other.take<WatchEnding>();
    other.nothing_more();  // what it ran may still be ending there
    EXPECT_EQ(other.scheduler().next_tick_s(), 110);
    other.at(109.9);
    other.tell(Tick{});
    other.nothing_more();
    other.at(110);
    other.tell(Tick{});
    EXPECT_EQ(other.take<Assign>(), (Assign{2, {2, {"a"}, {{"m", 0}}}}));
    other.nothing_more();
}

TEST(SchedulerRank, ALostRanksSlotOpensAsSoonAsWhatItRanHasEnded)
{
    Recorder sweep({planned("a", 2), planned("b", 1)}, {.lost_rank_grace_s = 10});
    sweep.tell(RankJoined{1, "n", 1, 0, {}});
    sweep.tell(RankJoined{2, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.tell(RankLost{1, "killed"});
    const auto watch = sweep.take<WatchEnding>();
    EXPECT_EQ(watch.rank, 2) << "which lives on that node";
    EXPECT_EQ(watch.trial, "a");
    EXPECT_EQ(watch.attempt, 1);
    sweep.tell(AttemptExited{"a", 2});
    sweep.tell(AttemptExited{"b", 1});
    sweep.tell(AttemptExited{"nobody", 1});
    sweep.nothing_more();
    sweep.at(1);
    sweep.tell(AttemptExited{"a", 1});
    EXPECT_EQ(sweep.take<Assign>(), (Assign{2, {2, {"a"}, {{"n", 0}}}}));
    sweep.tell(AttemptExited{"a", 1});  // told twice
    sweep.nothing_more();
}

TEST(SchedulerRank, ThatALostRanksTrialHasEndedIsHeardTooLateToOpenAnothersSlot)
{
    Recorder sweep({planned("a", 2), planned("b", 1)}, {.lost_rank_grace_s = 10});
    for (const int rank : {1, 2, 3}) {
        sweep.tell(RankJoined{rank, "n", 1, 0, {}});
    }
    sweep.take_assigned();
    sweep.tell(RankLost{1, "killed"});
    sweep.take<WatchEnding>();
    sweep.at(10);
    sweep.tell(Tick{});
    EXPECT_EQ(sweep.take<Assign>().rank, 2);
    sweep.tell(RankLost{2, "killed"});
    EXPECT_EQ(sweep.take<WatchEnding>().attempt, 2);
    sweep.tell(AttemptExited{"a", 1});
    sweep.nothing_more();
    sweep.tell(AttemptExited{"a", 2});
    EXPECT_EQ(sweep.take<Assign>().rank, 3);
}

TEST(SchedulerRank, NobodyIsAskedToWatchWhereNoRankLivesOrAllIsBeingDrained)
{
    Recorder alone({planned("a")}, {.lost_rank_grace_s = 10});
    alone.tell(RankJoined{1, "n", 1, 0, {}});
    alone.take_assigned();
    alone.tell(RankLost{1, "killed"});
    alone.nothing_more();

    Recorder drained({planned("a")}, {.lost_rank_grace_s = 10});
    drained.tell(RankJoined{1, "n", 1, 0, {}});
    drained.tell(RankJoined{2, "n", 1, 0, {}});
    drained.take_assigned();
    drained.tell(DrainRequested{"asked"});
    drained.take<DrainTrials>();
    drained.tell(RankLost{1, "killed"});
    EXPECT_EQ(drained.take<Finished>().left, 1);
}

TEST(SchedulerRank, LateEventsOfAnOldAttemptChangeNothing)
{
    Recorder sweep({planned("a")}, {.lost_rank_grace_s = 0});
    sweep.tell(RankJoined{1, "n", 1, 0, {}});
    sweep.tell(RankJoined{2, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.tell(RankLost{1, ""});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 2);
    sweep.tell(TrialEnded{"a", 1, Ending::failed, {configs::FailureKind::signal, "late", 9}});
    sweep.tell(TrialEnded{"a", 1, Ending::done, {}});
    sweep.tell(Committed{"a", 1});
    sweep.tell(TrialEnded{"a", 3, Ending::done, {}});
    sweep.tell(TrialEnded{"nobody", 1, Ending::done, {}});
    sweep.nothing_more();
    sweep.tell(TrialEnded{"a", 2, Ending::done, {}});
    EXPECT_EQ(sweep.take<CommitResult>().attempt, 2);
    sweep.tell(TrialEnded{"a", 2, Ending::done, {}});  // told twice
    sweep.nothing_more();
    sweep.tell(Committed{"a", 2});
    sweep.take<Acknowledge>();
    EXPECT_EQ(sweep.take<Finished>().done, 1);
    sweep.tell(Committed{"a", 2});
    sweep.nothing_more();
}

TEST(SchedulerRank, AResultOfARankLostMeanwhileIsCommittedAndNotAcknowledged)
{
    Recorder sweep({planned("a")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.tell(RankJoined{1, "m", 1, 0, {}});
    sweep.tell(TrialEnded{"a", 1, Ending::done, {}});
    sweep.take<CommitResult>();
    sweep.tell(RankLost{0, ""});
    sweep.tell(Committed{"a", 1});
    EXPECT_EQ(sweep.take<Finished>().done, 1);
    sweep.nothing_more();
}

TEST(SchedulerRank, WithoutAnyRankLeftTheSweepWaits)
{
    Recorder sweep({planned("a")}, {.lost_rank_grace_s = 5});
    sweep.tell(RankJoined{3, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.tell(RankLost{3, ""});
    sweep.at(60);
    sweep.tell(Tick{});
    sweep.nothing_more();
    sweep.tell(RankJoined{4, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>(), (Assign{4, {2, {"a"}, {{"n", 0}}}}));
    sweep.nothing_more();
}

}  // namespace
}  // namespace attnsweep::scheduler
