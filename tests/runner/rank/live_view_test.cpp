#include "runner/rank/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/rank/sweep_end.h"
#include "tests/runner/rank/planned_state.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::slot_of_device;

TEST(SweepEnd, SlotsTakeWhatWaits)
{
    SweepTimes times;
    times.running_s = {10, 20};
    times.waiting_s = {30, 5};
    times.slots = 2;
    times.factors = {1, 1};
    const store::LiveEnd end = sweep_end(times);
    EXPECT_DOUBLE_EQ(end.expected_s, 40) << "30 follows 10; 5 follows 20";
    EXPECT_LT(end.low_s, 40);
    EXPECT_GT(end.high_s, 40);
}

TEST(SweepEnd, ThePlanIsCorrectedByWhatWasSeen)
{
    SweepTimes times;
    times.waiting_s = {100};
    times.slots = 1;
    EXPECT_DOUBLE_EQ(sweep_end(times).expected_s, 100);
    EXPECT_DOUBLE_EQ(sweep_end(times).low_s, 50) << "as far off as the plan may be";
    times.factors = {3};
    EXPECT_DOUBLE_EQ(sweep_end(times).expected_s, 300);
    EXPECT_DOUBLE_EQ(sweep_end(times).high_s, 600);
    times.factors = {3, 3, 3, 3};
    EXPECT_DOUBLE_EQ(sweep_end(times).high_s, 315) << "those that agree make it narrow";
    times.factors = {1, 5};
    EXPECT_GT(sweep_end(times).high_s, 600) << "those that do not make it wide";
}

TEST(SweepEnd, WithoutSlotsNothingIsKnown)
{
    SweepTimes times;
    times.waiting_s = {100};
    EXPECT_LT(sweep_end(times).expected_s, 0);
}

TEST(SweepEnd, ManyTrialsAreNotPlacedOneByOne)
{
    SweepTimes times;
    times.waiting_s.assign(100000, 2);
    times.slots = 4;
    EXPECT_DOUBLE_EQ(sweep_end(times).expected_s, 50000);
}

class LiveView : public ::testing::Test {
protected:
    store::LiveStatus status() const { return live_view(state_); }

    SweepState state_ = tests::planned_state({"a", "b", "c"}, 1);
};

TEST_F(LiveView, BeforeANodeIsReadyAllWaitForOne)
{
    const store::LiveStatus shown = status();
    EXPECT_EQ(shown.total, 4);
    EXPECT_EQ(shown.done, 1);
    EXPECT_EQ(shown.waiting, 3);
    ASSERT_EQ(shown.waits.size(), 1u);
    EXPECT_EQ(shown.waits[0].why, "no node is ready yet");
    EXPECT_LT(shown.left.expected_s, 0);
}

TEST_F(LiveView, ATrialsWayThroughIt)
{
    state_.node_ready("n", 1);
    state_.assigned("a", 1, 0, {slot_of_device(0)});
    store::LiveStatus shown = status();
    EXPECT_EQ(shown.running, 1);
    EXPECT_FALSE(shown.slots.at(0).began);
    EXPECT_EQ(shown.waits.at(0).why, "no free slot");
    state_.noted("a", "label-a waits for process 7 of its former attempt to end");
    EXPECT_THAT(status().slots.at(0).note, HasSubstr("process 7"));
    state_.attempt_started("a");
    EXPECT_EQ(status().slots.at(0).note, "");
    TrialEvent event;
    event.trial_id = "a";
    event.kind = TrialEvent::Kind::epoch;
    event.max_epochs = 10;
    event.record = configs::EpochRecord{4, 0.5, 0.6, 0.7, 0.8, 3};
    state_.event_reported(event);
    shown = status();
    EXPECT_EQ(shown.slots[0].epoch, 4);
    EXPECT_DOUBLE_EQ(shown.slots[0].left_s, 18);
    EXPECT_DOUBLE_EQ(shown.slots[0].validation_accuracy, 0.8);
    state_.attempt_ended("a", scheduler::Ending::done);
    state_.committed("a");
    shown = status();
    EXPECT_EQ(shown.done, 2);
    EXPECT_EQ(shown.waiting, 2);
    EXPECT_TRUE(shown.slots[0].trial.empty());
}

TEST_F(LiveView, ATrialOnSeveralSlotsStandsOnEachAndCountsOnce)
{
    state_.node_ready("n", 2);
    state_.assigned("a", 1, 0, {slot_of_device(0), slot_of_device(1)}, 2);
    state_.attempt_started("a");
    const store::LiveStatus shown = status();
    EXPECT_EQ(shown.running, 1);
    EXPECT_EQ(shown.slots.at(0).trial, "a");
    EXPECT_EQ(shown.slots.at(1).trial, "a");
    EXPECT_EQ(shown.waits.at(0).why, "no free slot");
    EXPECT_DOUBLE_EQ(shown.left.expected_s, 150) << "50 s on both, then b and c of 100 s each on one";
}

TEST_F(LiveView, OneThatFailedWaitsForItsReasonOrIsSetAside)
{
    state_.node_ready("n", 1);
    state_.assigned("a", 1, 0, {slot_of_device(0)});
    state_.attempt_ended("a", scheduler::Ending::failed, "log");
    state_.failed("a", {configs::FailureKind::out_of_memory, "too little", 0}, true);
    state_.committed("a");
    store::LiveStatus shown = status();
    EXPECT_EQ(shown.failed, 0) << "it is tried again";
    EXPECT_EQ(shown.waiting, 3);
    std::vector<std::string> whys;
    for (const auto& wait : shown.waits) {
        whys.push_back(wait.why);
    }
    EXPECT_THAT(whys, ::testing::Contains(HasSubstr("alone on a device")));
    state_.assigned("a", 2, 0, {slot_of_device(0)});
    state_.attempt_ended("a", scheduler::Ending::failed, "log");
    state_.failed("a", {configs::FailureKind::out_of_memory, "too little", 0}, false);
    state_.committed("a");
    shown = status();
    EXPECT_EQ(shown.failed, 1);
    EXPECT_EQ(shown.waiting, 2);
    EXPECT_EQ(shown.failures.size(), 1u);
}

TEST_F(LiveView, WhatALostRankRanWaitsAgain)
{
    state_.node_ready("n", 2);
    state_.assigned("a", 1, 3, {slot_of_device(0)});
    state_.assigned("b", 1, 4, {slot_of_device(1)});
    state_.rank_lost(3);
    const store::LiveStatus shown = status();
    EXPECT_EQ(shown.running, 1);
    EXPECT_EQ(shown.waiting, 2);
    EXPECT_TRUE(shown.slots.at(0).trial.empty());
}

TEST_F(LiveView, APlaceFreedEarlyIsTheNextTrialsWhenTheLastOneEnds)
{
    state_.node_ready("n", 1);
    state_.assigned("a", 1, 3, {slot_of_device(0)});
    state_.attempt_started("a");
    state_.slot_released("a");
    EXPECT_TRUE(status().slots.at(0).trial.empty());
    state_.assigned("b", 1, 3, {slot_of_device(0)});
    state_.attempt_started("b");
    state_.attempt_ended("a", scheduler::Ending::done);
    EXPECT_EQ(status().slots.at(0).label, "label-b") << "a's end took b's place";
    state_.committed("a");
    EXPECT_EQ(status().done, 2);

    state_.slot_released("b");
    state_.assigned("c", 1, 4, {slot_of_device(0)});
    state_.rank_lost(3);
    EXPECT_EQ(status().waiting, 1) << "b, though its place was another's by then";
    EXPECT_EQ(status().slots.at(0).label, "label-c");
}

TEST_F(LiveView, FailuresOfEarlierRunsAreShown)
{
    const store::LiveStatus shown = live_view(tests::planned_state(
        {"a"}, 0, {{"z", "label-z", {configs::FailureKind::nan, "the loss is not a number", 0}, "z/log.txt"}}));
    EXPECT_EQ(shown.total, 2);
    EXPECT_EQ(shown.failed, 1);
    ASSERT_EQ(shown.failures.size(), 1u);
    EXPECT_EQ(shown.failures[0].label, "label-z");
    EXPECT_EQ(shown.failures[0].log, "z/log.txt");
    EXPECT_FALSE(shown.failures[0].again);
}

TEST_F(LiveView, ASweepThatHasEndedSaysHow)
{
    state_.draining("SIGINT");
    state_.sweep_ended(75);
    const store::LiveStatus shown = status();
    EXPECT_EQ(shown.state, "ended");
    EXPECT_EQ(shown.exit_code, 75);
    EXPECT_EQ(shown.reason, "SIGINT");
}

TEST_F(LiveView, DrainingAndDevicesSetAsideAreSaidOfWhatWaits)
{
    state_.node_ready("n", 1);
    state_.device_disabled("n", 0);
    EXPECT_EQ(status().waits.at(0).why, "every device has been set aside");
    EXPECT_EQ(status().slots.at(0).note, "set aside");
    state_.draining("SIGUSR1");
    EXPECT_EQ(status().state, "draining");
    EXPECT_EQ(status().waits.at(0).why, "nothing more is started: SIGUSR1");
}

}  // namespace
}  // namespace attnsweep::runner
