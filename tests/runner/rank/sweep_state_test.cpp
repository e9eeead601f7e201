#include "runner/rank/sweep_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/rank/planned_state.h"

namespace attnsweep::runner {
namespace {

using scheduler::Ending;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::slot_of_device;
using Phase = SweepState::Phase;

class State : public ::testing::Test {
protected:
    State() { state_.node_ready("n", 2); }
    Phase phase(const std::string& trial) const { return state_.at(trial).phase; }
    void start(const std::string& trial, int device, int rank = 0)
    {
        state_.assigned(trial, 1, rank, {slot_of_device(device)});
        state_.attempt_started(trial);
    }

    SweepState state_ = tests::planned_state({"a", "b", "c"}, 1);
};

TEST_F(State, ATrialThatIsDone)
{
    EXPECT_EQ(phase("a"), Phase::waiting);
    state_.assigned("a", 1, 0, {slot_of_device(0)});
    EXPECT_EQ(phase("a"), Phase::assigned);
    EXPECT_EQ(state_.slots().at(slot_of_device(0)).trial, "a");
    EXPECT_EQ(state_.at("a").runs_s(), 0) << "its process has not started";
    state_.attempt_started("a");
    EXPECT_EQ(phase("a"), Phase::running);
    state_.slot_released("a");
    EXPECT_EQ(phase("a"), Phase::ending);
    EXPECT_EQ(state_.slots().at(slot_of_device(0)).trial, "");
    state_.attempt_ended("a", Ending::done);
    EXPECT_EQ(phase("a"), Phase::committing);
    EXPECT_EQ(state_.counts(10).done, 1) << "done is what the store has";
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::done);
    EXPECT_EQ(state_.counts(10).done, 2);
    EXPECT_EQ(state_.counts(10).total, 4);
}

TEST_F(State, ATrialOnSeveralSlotsIsOneTrial)
{
    state_.assigned("a", 1, 0, {slot_of_device(0), slot_of_device(1)}, 1.6);
    state_.attempt_started("a");
    EXPECT_EQ(state_.counts(10).running, 1);
    EXPECT_EQ(state_.slots().at(slot_of_device(0)).trial, "a");
    EXPECT_EQ(state_.slots().at(slot_of_device(1)).trial, "a");
    EXPECT_TRUE(state_.at("a").begins_at(slot_of_device(0)));
    EXPECT_FALSE(state_.at("a").begins_at(slot_of_device(1)));
    EXPECT_DOUBLE_EQ(state_.at("a").speed, 1.6);
    EXPECT_THAT(state_.rank_lost(0), ElementsAre("a"));
    for (const auto& [where, slot] : state_.slots()) {
        EXPECT_EQ(slot.trial, "");
    }
}

TEST_F(State, ATrialThatFailsAndIsDoneTheSecondTime)
{
    start("a", 0);
    state_.attempt_ended("a", Ending::failed, "log");
    state_.failed("a", {configs::FailureKind::signal, "killed", 9}, true);
    EXPECT_EQ(state_.failed(), 0);
    ASSERT_EQ(state_.failures().size(), 1u);
    EXPECT_EQ(state_.failures()[0].log, "log");
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::waiting);
    EXPECT_EQ(state_.at("a").last_failure, configs::FailureKind::signal);
    start("a", 0);
    EXPECT_EQ(state_.at("a").last_failure, configs::FailureKind::signal);
    state_.attempt_ended("a", Ending::done);
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::done);
    EXPECT_THAT(state_.failures(), IsEmpty());
}

TEST_F(State, ATrialThatFailsForGood)
{
    start("a", 0);
    state_.attempt_ended("a", Ending::failed, "log");
    state_.failed("a", {configs::FailureKind::nan, "not a number", 0}, false);
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::failed);
    EXPECT_EQ(state_.failed(), 1);
    EXPECT_EQ(state_.counts(1).failed, 1);
}

TEST_F(State, ADrainedTrialWaits)
{
    start("a", 0);
    state_.attempt_ended("a", Ending::drained);
    EXPECT_EQ(phase("a"), Phase::waiting);
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::waiting);
    EXPECT_EQ(state_.counts(1).running, 0);
}

TEST_F(State, ALostRankInterruptsWhatItHadStarted)
{
    start("b", 0, 3);
    state_.slot_released("b");
    state_.assigned("a", 1, 3, {slot_of_device(0)});
    start("c", 1, 4);
    EXPECT_THAT(state_.rank_lost(3), ElementsAre("b")) << "a's process had not started, and c is another's";
    EXPECT_EQ(phase("a"), Phase::waiting);
    EXPECT_EQ(phase("b"), Phase::waiting);
    EXPECT_EQ(phase("c"), Phase::running);
    EXPECT_EQ(state_.counts(1).running, 1);
}

TEST_F(State, WhatHasEndedOutlivesItsRank)
{
    start("a", 0, 3);
    state_.attempt_ended("a", Ending::done);
    EXPECT_THAT(state_.rank_lost(3), IsEmpty());
    state_.committed("a");
    EXPECT_EQ(phase("a"), Phase::done);
}

TEST_F(State, TheShareOfATrialCountsBatches)
{
    start("a", 0);
    EXPECT_EQ(state_.at("a").share_done(), 0);
    TrialEvent event;
    event.trial_id = "a";
    event.kind = TrialEvent::Kind::started;
    event.epoch = 2;
    event.max_epochs = 10;
    state_.event_reported(event);
    EXPECT_DOUBLE_EQ(state_.at("a").share_done(), 0.1) << "it resumes in epoch 2: one is done";
    EXPECT_DOUBLE_EQ(state_.at("a").share_at_start(), 0.1);
    event.kind = TrialEvent::Kind::progress;
    event.epoch = 3;
    event.batch = 5;
    event.batches = 10;
    state_.event_reported(event);
    EXPECT_DOUBLE_EQ(state_.at("a").share_done(), 0.25);
    EXPECT_DOUBLE_EQ(state_.at("a").share_at_start(), 0.1);
    // 15 s of the 300 s planned took 30 s, and 25 s of them are behind.
    EXPECT_NEAR(state_.counts(30).left_s, (300 - 25) * 30 / 15.0, 1e-6);
}

TEST_F(State, NothingDoneSaysNothingOfTheTimeLeft)
{
    start("a", 0);
    EXPECT_LT(state_.counts(30).left_s, 0);
}

TEST_F(State, ANodeIsNewOnce)
{
    EXPECT_FALSE(state_.node_ready("n", 2)) << "another rank of it";
    EXPECT_TRUE(state_.node_ready("m", 4, 2));
    EXPECT_EQ(state_.slots().at({"m", 1, 1}).number, 3);
    state_.device_disabled("m", 1);
    EXPECT_TRUE(state_.slots().at({"m", 1, 0}).disabled);
    EXPECT_FALSE(state_.slots().at({"m", 0, 0}).disabled);
}

TEST_F(State, UnknownTrialsChangeNothing)
{
    state_.assigned("x", 1, 0, {slot_of_device(0)});
    state_.attempt_started("x");
    state_.attempt_ended("x", Ending::done);
    state_.committed("x");
    EXPECT_EQ(state_.find("x"), nullptr);
    EXPECT_EQ(state_.counts(1).running, 0);
    EXPECT_EQ(state_.done(), 1);
}

TEST_F(State, EachEventRaisesTheVersion)
{
    const auto before = state_.version();
    state_.noted("a", "waits");
    EXPECT_GT(state_.version(), before);
}

}  // namespace
}  // namespace attnsweep::runner
