// "auto": the last trials of a sweep on several devices of a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "several_devices.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Slots = std::vector<Slot>;

void end(Recorder& sweep, const std::string& trial)
{
    sweep.tell(TrialEnded{trial, 1, Ending::done, {}});
    sweep.take_acknowledgements();
}

TEST(SchedulerAutomaticDevices, FewerTrialsThanDevicesGetSeveralAndMoreGetOneEach)
{
    Recorder few(trials({100, 100}), automatic());
    few.tell(cores(4));
    EXPECT_EQ(few.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 0, 1}}));
    EXPECT_EQ(few.take<Assign>().assignment.slots, (Slots{{"n", 0, 2}, {"n", 0, 3}}));
    Recorder many(trials({100, 100, 100, 100, 100}), automatic());
    many.tell(gpus(4));
    for (int i = 0; i < 4; ++i) {
        EXPECT_THAT(many.take<Assign>().assignment.slots, SizeIs(1));
    }
    many.nothing_more();
}

TEST(SchedulerAutomaticDevices, TheFirstOfSeveralNodesDoesNotTakeAllTrials)
{
    Recorder sweep(trials({100, 100, 100, 100}), automatic());
    RankJoined first = gpus(4, "n", 0);
    first.others_follow = true;
    sweep.tell(first);
    sweep.nothing_more();
    sweep.tell(gpus(4, "m", 1));
    for (int i = 0; i < 4; ++i) {
        EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(2));
    }
    Recorder each_on_one(trials({100}), each_on(1));
    each_on_one.tell(first);
    EXPECT_THAT(each_on_one.take_assigned(), ElementsAre("a")) << "who needs not wait does not";
}

TEST(SchedulerAutomaticDevices, ALastTrialWaitsForASecondDeviceThatIsFreeSoon)
{
    Recorder sweep(trials({100, 90, 80}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(90);
    end(sweep, "b");
    sweep.nothing_more();  // a ends at 100: c ends at 140 on both, at 170 on one
    EXPECT_EQ(sweep.scheduler().next_tick_s(), 100);
    sweep.at(99);
    end(sweep, "a");
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(2));
}

TEST(SchedulerAutomaticDevices, OneThatFitsNowhereDoesNotEndTheWaitOfAnotherForASecondDevice)
{
    std::vector<PlannedTrial> all = trials({100, 100, 90, 90, 80, 10}, {1, 1});
    all[0].memory.host_bytes = all[1].memory.host_bytes = 60;
    all[4].most_devices = 2;
    all[5].memory.host_bytes = 50;  // neither beside a nor beside b
    Recorder sweep(all, automatic());
    sweep.tell(RankJoined{.rank = 0, .node = "n", .slots = 2, .memory = {10, 100}, .others_follow = true});
    sweep.tell(RankJoined{.rank = 1, .node = "m", .slots = 2, .memory = {10, 100}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b", "c", "d"));
    sweep.at(90);
    end(sweep, "c");
    sweep.nothing_more();  // e waits for two, f for memory
    end(sweep, "d");
    sweep.nothing_more();  // although a device is kept for f
    sweep.at(100);
    end(sweep, "a");
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("f"));
    end(sweep, "b");
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(2));
}

TEST(SchedulerAutomaticDevices, ALastTrialStartsAloneRatherThanWaitForLong)
{
    Recorder sweep(trials({100, 50, 40}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(50);
    end(sweep, "b");
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(1)) << "it ends before a does";
}

TEST(SchedulerAutomaticDevices, WhatWaitsIsNotKeptWaitingByOneThatIsLate)
{
    Recorder sweep(trials({100, 90, 80}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(90);
    end(sweep, "b");
    int ticks = 0;
    std::vector<std::string> started;
    for (; started.empty() && ticks < 100; ++ticks) {
        sweep.at(sweep.scheduler().next_tick_s());
        sweep.tell(Tick{});
        started = sweep.take_assigned();
    }
    EXPECT_THAT(started, ElementsAre("c"));
    EXPECT_LT(ticks, 20) << "it is not asked all the time";
}

TEST(SchedulerAutomaticDevices, ProgressDoesNotWakeWhatWaits)
{
    Recorder sweep(trials({100, 90, 80}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(90);
    end(sweep, "b");
    sweep.tell(TrialProgress{"a", 1, {}});
    sweep.nothing_more();
    EXPECT_EQ(sweep.scheduler().next_tick_s(), 100);
    sweep.tell(ExpectationChanged{"trial a", 2, 0});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c")) << "a takes as long again";
}

TEST(SchedulerAutomaticDevices, ATrialDoesNotWaitForASecondDeviceUntilItIsTooLateToStart)
{
    for (const double limit_s : {150.0, 160.0}) {
        SchedulerSettings settings = automatic();
        settings.ends_at_s = limit_s;
        std::vector<PlannedTrial> all = trials({100, 90, 80});
        for (PlannedTrial& trial : all) {
            trial.first_checkpoint_s = 55;
        }
        Recorder sweep(all, settings);
        sweep.tell(gpus(2));
        EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
        sweep.at(90);
        end(sweep, "b");
        if (limit_s < 155) {
            EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(1)) << "at 100 it reaches no checkpoint";
        } else {
            sweep.nothing_more();
            EXPECT_EQ(sweep.scheduler().next_tick_s(), 100);
        }
    }
}

TEST(SchedulerAutomaticDevices, FewerDevicesWhereMemoryDoesNotSufficeForMore)
{
    std::vector<PlannedTrial> all = trials({100, 100}, {0, 10});
    Recorder sweep(all, automatic());
    sweep.tell(cores(4, 35));
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(2));
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(1)) << "three times 10 of 35";
    sweep.nothing_more();
}

TEST(SchedulerAutomaticDevices, ALaterAttemptMayBeOnAnotherNumber)
{
    Recorder sweep(trials({100, 100}), automatic());
    sweep.tell(gpus(4));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.tell(TrialEnded{"a", 1, Ending::done, {}});
    sweep.tell(TrialEnded{"b", 1, Ending::failed, {configs::FailureKind::signal, "died", 9}});
    sweep.take_acknowledgements();
    EXPECT_TRUE(sweep.take<TrialSetBack>().again);
    sweep.tell(Committed{"b", 1});
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(4));
}

}  // namespace
}  // namespace attnsweep::scheduler
