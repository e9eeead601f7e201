// Devices that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

configs::Failure fault(const std::string& message = "an illegal instruction was encountered")
{
    return {configs::FailureKind::device, message, 0};
}

TEST(SchedulerDevice, OneThatFailsIsSetAsideAndItsTrialRunsElsewhere)
{
    Recorder sweep({planned("a", 9), planned("b", 1), planned("c", 1)});
    sweep.tell(RankJoined{0, "n", 2, 2, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.tell(TrialEnded{"a", 1, Ending::failed, fault()});
    EXPECT_TRUE(sweep.take<TrialSetBack>().again);
    const auto aside = sweep.take<DeviceDisabled>();
    EXPECT_EQ(aside.node, "n");
    EXPECT_EQ(aside.device, 0);
    EXPECT_THAT(aside.reason, HasSubstr("illegal instruction"));
    sweep.take<CommitResult>();
    sweep.tell(Committed{"a", 1});
    sweep.take_acknowledgements();
    sweep.nothing_more();
    sweep.end("b", 1);
    EXPECT_EQ(sweep.take<CommitResult>().trial, "b");
    EXPECT_EQ(sweep.take<Assign>(), (Assign{0, {2, {"a"}, {{"n", 1, 0}}}}))
        << "the longest first, as if nothing had been";
    sweep.end("a", 2);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take_assigned(), std::vector<std::string>{"c"});
    sweep.end("c", 1);
    sweep.take_acknowledgements();
    EXPECT_EQ(sweep.take<Finished>().ending, SweepEnding::all_done);
}

TEST(SchedulerDevice, WithoutADeviceTheSweepEndsAndSaysWhy)
{
    Recorder sweep({planned("a"), planned("b"), planned("c")});
    sweep.tell(RankJoined{0, "n", 1, 1, {}});
    sweep.tell(RankJoined{1, "m", 1, 1, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.end("a", 1, Ending::failed, fault());
    EXPECT_FALSE(sweep.scheduler().finished());
    sweep.end("b", 1, Ending::failed, fault("fell off the bus"));
    sweep.take_acknowledgements();
    for (int i = 0; i < 2; ++i) {
        sweep.take<TrialSetBack>();
        sweep.take<DeviceDisabled>();
    }
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::no_device);
    EXPECT_EQ(end.left, 3);
    EXPECT_EQ(end.failed, 0);
    EXPECT_THAT(end.reason, HasSubstr("fell off the bus"));
    sweep.nothing_more();
}

TEST(SchedulerDevice, OtherTrialsOfAFailedDeviceGoOnAndNothingFollowsThem)
{
    std::vector<PlannedTrial> trials = {planned("a"), planned("b"), planned("c")};
    Recorder sweep(trials);
    sweep.tell(RankJoined{0, "n", 2, 1, {}});
    EXPECT_THAT(sweep.take_assigned(), ElementsAre("a", "b"));
    sweep.end("a", 1, Ending::failed, fault());
    EXPECT_FALSE(sweep.scheduler().finished()) << "b runs";
    sweep.end("b", 1);
    sweep.take_acknowledgements();
    sweep.take<TrialSetBack>();
    sweep.take<DeviceDisabled>();
    const auto end = sweep.take<Finished>();
    EXPECT_EQ(end.ending, SweepEnding::no_device);
    EXPECT_EQ(end.done, 1);
    EXPECT_EQ(end.left, 2);
}

TEST(SchedulerDevice, OneThatBreaksThreeDevicesIsSetAsideItself)
{
    Recorder sweep({planned("a", 1, 2, {{configs::FailureKind::device, 2}}), planned("b")});
    sweep.tell(RankJoined{0, "n", 2, 2, {}});
    sweep.take_assigned();
    sweep.tell(TrialEnded{"a", 3, Ending::failed, fault()});
    EXPECT_FALSE(sweep.take<TrialSetBack>().again);
}

}  // namespace
}  // namespace attnsweep::scheduler
