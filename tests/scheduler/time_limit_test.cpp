// The machine is taken away at a known time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PlannedTrial with_checkpoint_after(const std::string& id, double first_checkpoint_s, double expected = 1)
{
    PlannedTrial trial = planned(id, expected);
    trial.configuration = id;
    trial.first_checkpoint_s = first_checkpoint_s;
    return trial;
}

TEST(SchedulerTimeLimit, DrainsEnoughBeforeIt)
{
    Recorder sweep({planned("a"), planned("b")}, {.ends_at_s = 100, .drain_s = 20});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    EXPECT_EQ(sweep.scheduler().next_tick_s(), 80);
    sweep.at(79.9);
    sweep.tell(Tick{});
    sweep.nothing_more();
    sweep.at(80);
    sweep.tell(Tick{});
    EXPECT_EQ(sweep.take<DrainTrials>().rank, 0);
    EXPECT_GT(sweep.scheduler().next_tick_s(), 1e9) << "said once";
    sweep.end("a", 1, Ending::drained);
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::drained);
    EXPECT_EQ(end.left, 2);
    EXPECT_THAT(end.reason, HasSubstr("time limit"));
    sweep.nothing_more();
}

TEST(SchedulerTimeLimit, StartsNothingThatCannotReachItsNextCheckpoint)
{
    Recorder sweep({with_checkpoint_after("long", 30, 9), with_checkpoint_after("short", 5, 1),
                    with_checkpoint_after("first", 5, 99)},
                   {.ends_at_s = 100, .drain_s = 20, .startup_s = 10});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("first"));
    sweep.at(41);
    sweep.end("first", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("short")) << "41 + 10 + 30 is past 80";
    sweep.take_acknowledgements();
    sweep.at(50);
    sweep.end("short", 1);
    sweep.take_acknowledgements();
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::drained) << "without waiting for a limit nothing can be done before";
    EXPECT_EQ(end.left, 1);
    EXPECT_THAT(end.reason, HasSubstr("checkpoint"));
}

TEST(SchedulerTimeLimit, WhatRunsIsNotDrainedBecauseNothingElseCanStart)
{
    Recorder sweep({with_checkpoint_after("a", 5, 9), with_checkpoint_after("b", 60, 1)},
                   {.ends_at_s = 100, .drain_s = 20});
    sweep.tell(RankJoined{0, "n", 2, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(50);
    sweep.end("b", 1, Ending::drained);  // by itself
    sweep.nothing_more();
    EXPECT_FALSE(sweep.scheduler().draining());
}

TEST(SchedulerTimeLimit, TheStartIsMeasured)
{
    Recorder sweep({with_checkpoint_after("a", 10, 9), with_checkpoint_after("b", 10, 1)},
                   {.ends_at_s = 100, .drain_s = 0, .startup_s = 1});
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    sweep.take_assigned();
    sweep.at(30);
    sweep.tell(TrialProgress{"a", 1, {}});  // 30 s from its order to its first word
    sweep.at(65);
    sweep.end("a", 1);
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take_assigned(), testing::IsEmpty()) << "65 + 30 + 10 is past 100";
}

TEST(SchedulerTimeLimit, WithoutOneNothingIsHeldBack)
{
    Recorder sweep({with_checkpoint_after("a", 1e12)});
    sweep.at(1e6);
    sweep.tell(RankJoined{0, "n", 1, 0, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
}

}  // namespace
}  // namespace attnsweep::scheduler
