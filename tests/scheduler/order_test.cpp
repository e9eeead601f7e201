#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"
#include "scheduler/error.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;

TEST(SchedulerOrder, LongestExpectedFirst)
{
    Recorder sweep({planned("short", 1), planned("long", 9), planned("middle", 5)});
    sweep.tell(RankJoined{0, "a", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("long"));
    sweep.end("long", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("middle"));
    sweep.end("middle", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("short"));
    sweep.take_acknowledgements();
    sweep.nothing_more();
}

TEST(SchedulerOrder, ALargeNodeIsFilledAtOnce)
{
    std::vector<PlannedTrial> trials;
    trials.reserve(1000);
    for (int i = 0; i < 1000; ++i) {
        trials.push_back(planned(std::to_string(i)));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 2000, 0, {}});
    EXPECT_EQ(sweep.take_assigned().size(), 1000u);
}

// Work in proportion to the slots: the square of them would take an hour.
TEST(SchedulerOrder, AMillionSlotsJoin)
{
    Recorder sweep({planned("a"), planned("b")});
    sweep.tell(RankJoined{0, "n", 1'000'000, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    Recorder shared({planned("a"), planned("b")});
    shared.tell(RankJoined{0, "n", 1'000'001, 3, {}});
    EXPECT_THAT(shared.take_assigned(), ElementsAre("a", "b"));
}

TEST(SchedulerOrder, WhatIsLearntOfAConfigurationMovesItsTrialsThatWait)
{
    std::vector<PlannedTrial> trials = {planned("a1", 9), planned("b1", 5), planned("a2", 9), planned("b2", 5)};
    for (PlannedTrial& trial : trials) {
        trial.configuration = trial.id.substr(0, 1);
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a1"));
    sweep.tell(ExpectationChanged{"a", 0.5, 0});
    sweep.tell(ExpectationChanged{"nobody's", 3, 0});
    sweep.end("a1", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b1"));
    sweep.end("b1", 1, Ending::drained);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b1")) << "what comes back has the new expectation too";
    sweep.tell(ExpectationChanged{"b", 0.1, 0});
    sweep.end("b1", 2);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a2"));
}

TEST(SchedulerOrder, EqualTrialsInTheOrderOfTheSweep)
{
    Recorder sweep({planned("c"), planned("a"), planned("b")});
    sweep.tell(RankJoined{0, "n", 3, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c", "a", "b"));
}

TEST(SchedulerOrder, ASlotIsFreeAsSoonAsItsTrialEnds)
{
    Recorder sweep({planned("x"), planned("y")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.tell(TrialEnded{"x", 1, Ending::done, {}});
    EXPECT_EQ(sweep.take<CommitResult>().trial, "x");
    EXPECT_EQ(sweep.take<Assign>().assignment, (Assignment{1, {"y"}, {{"n", 0}}})) << "without waiting for the commit";
    sweep.nothing_more();
}

TEST(SchedulerOrder, AcknowledgedOnlyAfterTheCommitAndFinishedAtTheEnd)
{
    Recorder sweep({planned("x")});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take<Assign>();
    sweep.tell(TrialProgress{"x", 1, {}});
    sweep.nothing_more();
    sweep.tell(TrialEnded{"x", 1, Ending::done, {}});
    sweep.take<CommitResult>();
    sweep.nothing_more();
    EXPECT_EQ(sweep.scheduler().done(), 0);
    sweep.tell(Committed{"x", 1});
    EXPECT_EQ(sweep.take<Acknowledge>().rank, 0);
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::all_done);
    EXPECT_EQ(end.done, 1);
    sweep.nothing_more();
}

TEST(SchedulerOrder, NothingToDoEndsAtTheFirstEvent)
{
    Recorder sweep({});
    sweep.tell(RankJoined{0, "n", 4, 0, {}});
    EXPECT_EQ(sweep.take<Finished>().ending, SweepEnding::all_done);
    sweep.tell(Tick{});
    sweep.nothing_more();
}

TEST(SchedulerOrder, AttemptsGoOnFromEarlierRuns)
{
    Recorder sweep({planned("x", 1, 4)});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_EQ(sweep.take<Assign>().assignment.attempt, 5);
}

TEST(SchedulerOrder, AnIdTwiceIsRefused)
{
    EXPECT_THROW(Scheduler({planned("x"), planned("x")}), Error);
}

}  // namespace
}  // namespace attnsweep::scheduler
