// Trials on several devices of a node.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Slots = std::vector<Slot>;

SchedulerSettings each_on(int devices)
{
    SchedulerSettings settings{.lost_rank_grace_s = 10};
    settings.devices_per_trial = devices;
    return settings;
}

SchedulerSettings automatic(double efficiency = 1)
{
    SchedulerSettings settings = each_on(0);
    settings.speed = DeviceSpeed(efficiency);
    return settings;
}

std::vector<PlannedTrial> trials(const std::vector<double>& expected, Memory memory = {})
{
    std::vector<PlannedTrial> all;
    for (const double each : expected) {
        all.push_back(planned(std::string(1, static_cast<char>('a' + all.size())), each));
        all.back().memory = memory;
    }
    return all;
}

RankJoined gpus(int devices, const std::string& node = "n", int rank = 0)
{
    return {rank, node, devices, devices, {}};
}

RankJoined cores(int slots, std::int64_t host_bytes = 0)
{
    return {0, "n", slots, 1, {0, host_bytes}, true};
}

TEST(SchedulerSeveralDevices, EachTrialIsOnSoManyDevicesOfOneNode)
{
    Recorder sweep(trials({9, 8, 7}), each_on(2));
    sweep.tell(gpus(3, "n", 0));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 1, 0}}));
    sweep.nothing_more();
    sweep.tell(gpus(1, "small", 1));
    sweep.nothing_more();
    sweep.tell(gpus(2, "m", 2));
    const Assign second = sweep.take<Assign>();
    EXPECT_EQ(second.rank, 2);
    EXPECT_EQ(second.assignment.slots, (Slots{{"m", 0, 0}, {"m", 1, 0}}));
    sweep.nothing_more();
    sweep.end("b", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
}

TEST(SchedulerSeveralDevices, OfAGpuOnePlaceOfCoresAny)
{
    Recorder on_gpus(trials({9, 8}), each_on(2));
    on_gpus.tell(RankJoined{0, "n", 4, 2, {10, 0}});
    EXPECT_EQ(on_gpus.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 1, 0}}));
    on_gpus.nothing_more();  // how much memory they take is not known
    Recorder shared(trials({9, 8}, {4, 1}), each_on(2));
    shared.tell(RankJoined{0, "n", 6, 3, {10, 100}});
    EXPECT_EQ(shared.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 1, 0}}));
    EXPECT_EQ(shared.take<Assign>().assignment.slots, (Slots{{"n", 0, 1}, {"n", 2, 0}})) << "in the devices' order";
    Recorder on_cores(trials({9, 8}), each_on(2));
    on_cores.tell(cores(5));
    EXPECT_EQ(on_cores.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 0, 1}}));
    EXPECT_EQ(on_cores.take<Assign>().assignment.slots, (Slots{{"n", 0, 2}, {"n", 0, 3}}));
}

TEST(SchedulerSeveralDevices, TheNodeWithTheFewestFreeDevicesThatSufficesIsTaken)
{
    Recorder sweep(trials({9, 8, 7}), each_on(2));
    sweep.tell(gpus(4, "four", 0));
    sweep.tell(gpus(1, "one", 1));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.tell(gpus(3, "three", 2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
    sweep.end("a", 1);
    sweep.tell(TrialEnded{"b", 1, Ending::failed, {configs::FailureKind::signal, "died", 9}});
    sweep.tell(TrialEnded{"c", 1, Ending::failed, {configs::FailureKind::signal, "died", 11}});
    sweep.tell(Committed{"b", 1});
    sweep.take_acknowledgements();
    sweep.take<TrialSetBack>();
    sweep.take<TrialSetBack>();
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (Slots{{"three", 0, 0}, {"three", 1, 0}}));
}

TEST(SchedulerSeveralDevices, MemoryIsCountedOnEachDeviceAndOnCoresForEachReplica)
{
    Recorder sweep(trials({9, 8}, {0, 10}), each_on(2));
    sweep.tell(cores(4, 39));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a")) << "four times 10 of 39";
    sweep.tell(TrialProgress{"a", 1, {0, 19}});
    sweep.nothing_more();  // 20 and twice 10 still
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));

    std::vector<PlannedTrial> measured = trials({9, 8}, {0, 10});
    measured[0].configuration = measured[1].configuration = "x";
    Recorder again(measured, each_on(2));
    again.tell(cores(4, 39));
    EXPECT_THAT(again.take_assigned(), ElementsAre("a"));
    again.tell(TrialProgress{"a", 1, {0, 18}});
    EXPECT_THAT(again.take_assigned(), ElementsAre("b")) << "the process took 18, not twice 10";
}

TEST(SchedulerSeveralDevices, OneThatRanOutOfMemoryIsAloneOnAllItsDevices)
{
    std::vector<PlannedTrial> all = trials({9, 8, 7}, {4, 1});
    all[2].failures[configs::FailureKind::out_of_memory] = 1;
    all[2].expected = 10;
    all[0].expected = 20;
    Recorder sweep(all, each_on(2));
    sweep.tell(RankJoined{0, "n", 6, 3, {10, 100}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a")) << "b fits beside it, but the devices are kept for c";
    sweep.end("a", 1);
    sweep.take<CommitResult>();
    const Assign alone = sweep.take<Assign>();
    EXPECT_THAT(alone.assignment.trials, ElementsAre("c"));
    EXPECT_THAT(alone.assignment.slots, SizeIs(2));
    sweep.take_acknowledgements();
    sweep.nothing_more();  // one device is free, and b takes two
    sweep.end("c", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
}

TEST(SchedulerSeveralDevices, OneThatRanOutOfMemoryAloneTeachesNothing)
{
    std::vector<PlannedTrial> all = trials({9, 8, 7, 6}, {0, 20});
    for (PlannedTrial& trial : all) {
        trial.configuration = "x";
    }
    Recorder sweep(all, each_on(2));
    sweep.tell(RankJoined{0, "n", 2, 1, {0, 50}, true});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.end("a", 1, Ending::failed, {configs::FailureKind::out_of_memory, "4 GB more", 0});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
    sweep.tell(RankJoined{1, "m", 6, 1, {0, 90}, true});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c", "d")) << "its own two places were not two trials";
}

TEST(SchedulerSeveralDevices, AllDevicesOfALostRanksTrialAreClosedUntilItHasExited)
{
    Recorder sweep(trials({9}), each_on(2));
    sweep.tell(gpus(2, "n", 0));
    sweep.tell(gpus(2, "n", 1));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(RankLost{0, ""});
    EXPECT_EQ(sweep.take<WatchEnding>().trial, "a");
    sweep.nothing_more();
    sweep.tell(AttemptExited{"a", 1});
    const Assign again = sweep.take<Assign>();
    EXPECT_EQ(again.rank, 1);
    EXPECT_EQ(again.assignment, (Assignment{2, {"a"}, {{"n", 0, 0}, {"n", 1, 0}}}));
    sweep.nothing_more();
}

TEST(SchedulerSeveralDevices, AFailedDeviceDisablesAllOfTheTrialSinceItIsNotKnownWhich)
{
    Recorder sweep(trials({9, 8}), each_on(2));
    sweep.tell(gpus(5));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.tell(TrialEnded{"a", 1, Ending::failed, {configs::FailureKind::device, "ECC", 0}});
    EXPECT_TRUE(sweep.take<TrialSetBack>().again);
    EXPECT_EQ(sweep.take<DeviceDisabled>().device, 0);
    EXPECT_EQ(sweep.take<DeviceDisabled>().device, 1);
    sweep.take<CommitResult>();
    sweep.tell(Committed{"a", 1});
    sweep.take_acknowledgements();
    sweep.nothing_more();
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take<CommitResult>();
    const Assign again = sweep.take<Assign>();
    EXPECT_EQ(again.assignment.slots, (Slots{{"n", 2, 0}, {"n", 3, 0}}));
}

TEST(SchedulerSeveralDevices, ASweepEndsWhenNoNodeHasEnoughLeft)
{
    Recorder sweep(trials({9, 8}), each_on(2));
    sweep.tell(gpus(1, "small", 0));
    sweep.nothing_more();
    sweep.tell(gpus(3, "n", 1));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(TrialEnded{"a", 1, Ending::failed, {configs::FailureKind::device, "ECC", 0}});
    sweep.tell(Committed{"a", 1});
    sweep.take<TrialSetBack>();
    sweep.take<DeviceDisabled>();
    sweep.take<DeviceDisabled>();
    sweep.take_acknowledgements();
    const Finished end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::no_device);
    EXPECT_EQ(end.left, 2);
    EXPECT_THAT(end.reason, HasSubstr("no node with 2 devices for a trial is left (execution.devices_per_trial); the "
                                      "largest has 1, after devices were disabled; the last one: ECC"));
}

TEST(SchedulerSeveralDevices, ADrainAsksItsRankOnce)
{
    Recorder sweep(trials({9}), each_on(2));
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(DrainRequested{"now"});
    EXPECT_EQ(sweep.take<DrainTrials>().rank, 0);
    sweep.end("a", 1, Ending::drained);
    EXPECT_EQ(sweep.take<Finished>().left, 1);
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
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take_acknowledgements();
    sweep.nothing_more();  // a ends at 100: c ends at 140 on both, at 170 on one
    EXPECT_EQ(sweep.scheduler().next_tick_s(), 100);
    sweep.at(99);
    sweep.tell(TrialEnded{"a", 1, Ending::done, {}});
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(2));
}

TEST(SchedulerAutomaticDevices, ALastTrialStartsAloneRatherThanWaitForLong)
{
    Recorder sweep(trials({100, 50, 40}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(50);
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take_acknowledgements();
    EXPECT_THAT(sweep.take<Assign>().assignment.slots, SizeIs(1)) << "it ends before a does";
}

TEST(SchedulerAutomaticDevices, WhatWaitsIsNotKeptWaitingByOneThatIsLate)
{
    Recorder sweep(trials({100, 90, 80}), automatic());
    sweep.tell(gpus(2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.at(90);
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take_acknowledgements();
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
    sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
    sweep.take_acknowledgements();
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
        sweep.tell(TrialEnded{"b", 1, Ending::done, {}});
        sweep.take_acknowledgements();
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
