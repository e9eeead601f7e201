// Several trials on one device: as far as memory reaches, and alone where one has run out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Memory unknown{};

PlannedTrial of_configuration(const std::string& id, const std::string& configuration, double expected = 1,
                              Memory memory = unknown)
{
    PlannedTrial trial = planned(id, expected);
    trial.configuration = configuration;
    trial.memory = memory;
    return trial;
}

/// `places` on each of `devices` with 10 bytes each, in a node of 100.
RankJoined gpus(int devices, int places)
{
    return {0, "n", devices * places, devices, {10, 100}};
}

TEST(SchedulerSharing, DevicesAreSharedOnlyWhenNoneIsIdle)
{
    Recorder sweep({of_configuration("a", "x", 9, {4, 1}), of_configuration("b", "x", 8, {4, 1}),
                    of_configuration("c", "x", 7, {4, 1})});
    sweep.tell(gpus(2, 2));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 0, 0}}));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 1, 0}}));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 0, 1}}));
    sweep.nothing_more();
}

TEST(SchedulerSharing, AGpuWithLittleFreeMemoryTakesNothingFromTheOthers)
{
    Recorder sweep({of_configuration("a", "x", 9, {4, 1}), of_configuration("b", "x", 8, {4, 1}),
                    of_configuration("c", "x", 7, {4, 1}), of_configuration("d", "x", 6, {4, 1})});
    RankJoined node = gpus(2, 2);
    node.memory.device_bytes = 5;
    node.bytes_of_devices = {5, 10};
    sweep.tell(node);
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 0, 0}}));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 1, 0}}));
    EXPECT_EQ(sweep.take<Assign>().assignment.slots, (std::vector<Slot>{{"n", 1, 1}})) << "the first has no room";
    sweep.nothing_more();
}

TEST(SchedulerSharing, ASecondOneIsPutBesideTheFirstOnceItsPeakIsKnownAndFits)
{
    Recorder sweep({of_configuration("a", "x"), of_configuration("b", "x"), of_configuration("c", "x")});
    sweep.tell(gpus(1, 3));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a")) << "what takes nobody knows how much is alone";
    sweep.tell(TrialProgress{"a", 1, unknown});
    sweep.nothing_more();
    sweep.tell(TrialProgress{"a", 1, {5, 2}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b")) << "5 and 5 of 10, not three times 5";
    sweep.nothing_more();
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
}

TEST(SchedulerSharing, WhatIsMeasuredTakesThePlaceOfTheEstimate)
{
    Recorder sweep({of_configuration("a", "x", 3, {9, 1}), of_configuration("b", "x", 2, {9, 1}),
                    of_configuration("c", "x", 1, {9, 1})});
    sweep.tell(gpus(1, 2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(TrialProgress{"a", 1, {6, 1}});
    sweep.nothing_more();
    sweep.tell(TrialProgress{"a", 1, {5, 1}});
    sweep.nothing_more();
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b")) << "6 and 6: the peak, not the last word";
    sweep.end("b", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
}

TEST(SchedulerSharing, TheNodesMemoryBoundsItsDevicesTogether)
{
    Recorder sweep({of_configuration("a", "x", 3, {1, 60}), of_configuration("b", "y", 2, {1, 60}),
                    of_configuration("c", "z", 1, {1, 30})});
    sweep.tell(gpus(4, 1));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "c"));
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
}

TEST(SchedulerSharing, ALargeOneIsNotStarvedBySmallOnes)
{
    std::vector<PlannedTrial> trials = {of_configuration("s0", "small", 99, {4, 1}),
                                        of_configuration("s1", "small", 98, {4, 1}),
                                        of_configuration("large", "large", 50, {9, 1})};
    for (int i = 2; i < 9; ++i) {
        trials.push_back(of_configuration("s" + std::to_string(i), "small", 1, {4, 1}));
    }
    Recorder sweep(trials);
    sweep.tell(gpus(1, 2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("s0", "s1"));
    sweep.end("s0", 1);
    EXPECT_THAT(sweep.take_assigned(), IsEmpty()) << "the device is kept for the large one";
    sweep.end("s1", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("large"));
    sweep.end("large", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("s2", "s3"));
}

TEST(SchedulerSharing, OutOfMemoryIsTriedOnceMoreAloneOnADevice)
{
    std::vector<PlannedTrial> trials;
    for (const char* id : {"a", "b", "c", "d"}) {
        trials.push_back(of_configuration(id, id, 1, {4, 1}));
    }
    Recorder sweep(trials);
    sweep.tell(gpus(1, 2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.end("a", 1, Ending::failed, {configs::FailureKind::out_of_memory, "4 GB more", 0});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("c"));
    EXPECT_TRUE(sweep.take<TrialSetBack>().again);
    sweep.end("c", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("d"));
    sweep.end("d", 1);
    EXPECT_THAT(sweep.take_assigned(), IsEmpty()) << "b still runs there";
    sweep.end("b", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.end("a", 2, Ending::failed, {configs::FailureKind::out_of_memory, "4 GB more", 0});
    sweep.take_acknowledgements();
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
    EXPECT_EQ(sweep.take<Finished>().failed, 1);
}

TEST(SchedulerSharing, NothingIsPutBesideOneThatRanOutOfMemoryInAnEarlierRun)
{
    PlannedTrial again = of_configuration("a", "x", 9, {1, 1});
    again.failures[configs::FailureKind::out_of_memory] = 1;
    Recorder sweep({again, of_configuration("b", "x", 1, {1, 1})});
    sweep.tell(gpus(1, 2));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.end("a", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b"));
}

TEST(SchedulerSharing, ADeviceIsKeptFreeForOneThatWantsToBeAlone)
{
    std::vector<PlannedTrial> trials = {planned("alone", 1, 1, {{configs::FailureKind::out_of_memory, 1}})};
    trials[0].memory = {1, 1};
    for (int i = 0; i < 6; ++i) {
        trials.push_back(of_configuration("s" + std::to_string(i), "small", i < 3 ? 9 : 0.5, {2, 1}));
    }
    Recorder sweep(trials);
    sweep.tell(gpus(1, 3));
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("s0", "s1", "s2"));
    sweep.end("s0", 1);
    sweep.end("s1", 1);
    EXPECT_THAT(sweep.take_assigned(), IsEmpty());
    sweep.end("s2", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("alone"));
    sweep.end("alone", 2);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("s3", "s4", "s5"));
}

TEST(SchedulerSharing, WhatRanOutOfMemoryBesideOthersLeavesRoomNextTime)
{
    // The estimate says that four fit; the kernel said otherwise.
    std::vector<PlannedTrial> trials;
    trials.reserve(9);
    for (int i = 0; i < 9; ++i) {
        trials.push_back(of_configuration("t" + std::to_string(i), "x", 9 - i, {0, 10}));
    }
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 4, 1, {0, 40}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("t0", "t1", "t2", "t3"));
    sweep.end("t0", 1, Ending::failed, {configs::FailureKind::out_of_memory, "killed", 9});
    EXPECT_THAT(sweep.take_assigned(), IsEmpty()) << "three of 13, not four of 10";
    sweep.end("t1", 1);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("t4"));
}

TEST(SchedulerSharing, SlotsOfALostRankKeepTheirMemoryUntilTheGraceIsOver)
{
    Recorder sweep({of_configuration("a", "x", 2, {9, 1}), of_configuration("b", "y", 1, {9, 1})},
                   {.lost_rank_grace_s = 10});
    sweep.tell(gpus(1, 2));
    RankJoined neighbour = gpus(1, 2);
    neighbour.rank = 1;
    sweep.tell(neighbour);
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a"));
    sweep.tell(RankLost{0, ""});
    sweep.take<WatchEnding>();
    sweep.nothing_more();
    sweep.at(10);
    sweep.tell(Tick{});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("b")) << "for which the device was kept";
}

}  // namespace
}  // namespace attnsweep::scheduler
