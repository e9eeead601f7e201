// Trials on several devices of a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "several_devices.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using Slots = std::vector<Slot>;

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

TEST(SchedulerSeveralDevices, AFailedDeviceDisablesAllOfTheTrialWhereItIsNotKnownWhich)
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

TEST(SchedulerSeveralDevices, AFailedDeviceThatIsKnownIsDisabledAlone)
{
    Recorder sweep(trials({9}), each_on(2));
    sweep.tell(gpus(3));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 1, 0}}));
    sweep.tell(TrialEnded{"a", 1, Ending::failed, {configs::FailureKind::device, "ECC", 0, 0}});
    sweep.take<TrialSetBack>();
    EXPECT_EQ(sweep.take<DeviceDisabled>().device, 0);
    sweep.take<CommitResult>();
    sweep.tell(Committed{"a", 1});
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (Slots{{"n", 1, 0}, {"n", 2, 0}}));
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

TEST(SchedulerSeveralDevices, SmallNodesDoNotHideTheLargeOneThatATrialWaitsFor)
{
    std::vector<PlannedTrial> all = trials({20, 10, 8}, {4, 1});
    all[1].memory.device_bytes = 7;  // not beside a, but c is
    Recorder sweep(all, each_on(8));
    constexpr int small_nodes = 16;
    for (int node = 0; node < small_nodes; ++node) {
        sweep.tell(gpus(4, "small-" + std::to_string(node), node));
    }
    sweep.tell(RankJoined{small_nodes, "large", 16, 8, {10, 100}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a")) << "its devices are kept for b";
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
}

TEST(SchedulerSeveralDevices, NodesWithoutMemoryDoNotHideOneThatFits)
{
    constexpr int shared_nodes = 65;
    std::vector<PlannedTrial> all;
    for (int i = 0; i <= shared_nodes; ++i) {
        all.push_back(planned("t" + std::to_string(i), 1000 - i));
        all.back().memory = {6, 1};
    }
    Recorder sweep(all, each_on(2));
    for (int node = 0; node < shared_nodes; ++node) {
        sweep.tell(RankJoined{node, "shared-" + std::to_string(node), 4, 2, {10, 100}});
    }
    EXPECT_THAT(sweep.take_assigned(), SizeIs(shared_nodes));
    sweep.tell(gpus(3, "idle", shared_nodes));
    const Assign last = sweep.take<Assign>();
    EXPECT_EQ(last.assignment.slots, (Slots{{"idle", 0, 0}, {"idle", 1, 0}}));
}

TEST(SchedulerSeveralDevices, NoneIsOnSeveralInstancesOfADividedGpu)
{
    RankJoined divided = gpus(4, "divided", 0);
    divided.one_each = true;
    Recorder sweep(trials({9}), each_on(2));
    sweep.tell(divided);
    sweep.nothing_more();
    sweep.tell(gpus(2, "n", 1));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (Slots{{"n", 0, 0}, {"n", 1, 0}}));
    Recorder last(trials({100, 100}), automatic());
    last.tell(divided);
    EXPECT_THAT(last.take<Assign>().assignment.slots, SizeIs(1));
    EXPECT_THAT(last.take<Assign>().assignment.slots, SizeIs(1));
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

}  // namespace
}  // namespace attnsweep::scheduler
