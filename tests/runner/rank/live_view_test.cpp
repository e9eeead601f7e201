#include "runner/rank/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/rank/sweep_end.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

class Live : public ::testing::Test {
protected:
    Live()
    {
        for (const char* name : {"a", "b", "c"}) {
            configs::Trial trial;
            trial.id = name;
            trial.label = std::string("label-") + name;
            sweep_.trials.push_back(trial);
            ExpectedDuration duration;
            duration.total_s = duration.left_s = 100;
            live_.left(trial, duration);
        }
        sweep_.name = "paper";
        sweep_.trials.resize(4);  // one was done before
        live_.sweep_begins(sweep_, 1);
    }
    scheduler::Slot slot(int device) const
    {
        scheduler::Slot slot;
        slot.node = "n";
        slot.device = device;
        return slot;
    }

    configs::Sweep sweep_;
    LiveView live_;
};

TEST_F(Live, BeforeANodeIsReadyAllWaitForOne)
{
    const store::LiveStatus status = live_.status();
    EXPECT_EQ(status.total, 4);
    EXPECT_EQ(status.done, 1);
    EXPECT_EQ(status.waiting, 3);
    ASSERT_EQ(status.waits.size(), 1u);
    EXPECT_EQ(status.waits[0].why, "no node is ready yet");
    EXPECT_LT(status.left.expected_s, 0);
}

TEST_F(Live, ATrialsWayThroughIt)
{
    live_.node_joined("n", 1);
    live_.assigned("a", 1, 0, slot(0));
    store::LiveStatus status = live_.status();
    EXPECT_EQ(status.running, 1);
    EXPECT_FALSE(status.slots.at(0).began);
    EXPECT_EQ(status.waits.at(0).why, "no free slot");
    live_.noted("a", "label-a waits for process 7 of its former attempt to end");
    EXPECT_THAT(live_.status().slots.at(0).note, HasSubstr("process 7"));
    live_.began("a");
    EXPECT_EQ(live_.status().slots.at(0).note, "");
    TrialEvent event;
    event.trial_id = "a";
    event.kind = TrialEvent::Kind::epoch;
    event.max_epochs = 10;
    event.record = configs::EpochRecord{4, 0.5, 0.6, 0.7, 0.8, 3};
    live_.happened(event);
    status = live_.status();
    EXPECT_EQ(status.slots[0].epoch, 4);
    EXPECT_DOUBLE_EQ(status.slots[0].left_s, 18);
    EXPECT_DOUBLE_EQ(status.slots[0].validation_accuracy, 0.8);
    live_.ended("a", scheduler::Ending::done);
    live_.committed("a");
    status = live_.status();
    EXPECT_EQ(status.done, 2);
    EXPECT_EQ(status.waiting, 2);
    EXPECT_TRUE(status.slots[0].trial.empty());
}

TEST_F(Live, OneThatFailedWaitsForItsReasonOrIsSetAside)
{
    live_.node_joined("n", 1);
    live_.assigned("a", 1, 0, slot(0));
    live_.ended("a", scheduler::Ending::failed);
    live_.failed("a", "label-a", {"out_of_memory", "too little", 0}, true, "log");
    live_.committed("a");
    store::LiveStatus status = live_.status();
    EXPECT_EQ(status.failed, 0) << "it is tried again";
    EXPECT_EQ(status.waiting, 3);
    std::vector<std::string> whys;
    for (const auto& wait : status.waits) {
        whys.push_back(wait.why);
    }
    EXPECT_THAT(whys, ::testing::Contains(HasSubstr("alone on a device")));
    live_.assigned("a", 2, 0, slot(0));
    live_.ended("a", scheduler::Ending::failed);
    live_.failed("a", "label-a", {"out_of_memory", "too little", 0}, false, "log");
    live_.committed("a");
    status = live_.status();
    EXPECT_EQ(status.failed, 1);
    EXPECT_EQ(status.waiting, 2);
    EXPECT_EQ(status.failures.size(), 1u);
}

TEST_F(Live, WhatALostRankRanWaitsAgain)
{
    live_.node_joined("n", 2);
    live_.assigned("a", 1, 3, slot(0));
    live_.assigned("b", 1, 4, slot(1));
    live_.rank_lost(3);
    const store::LiveStatus status = live_.status();
    EXPECT_EQ(status.running, 1);
    EXPECT_EQ(status.waiting, 2);
    EXPECT_TRUE(status.slots.at(0).trial.empty());
}

TEST_F(Live, APlaceFreedEarlyIsTheNextTrialsWhenTheLastOneEnds)
{
    live_.node_joined("n", 1);
    live_.assigned("a", 1, 3, slot(0));
    live_.freed("a");
    EXPECT_TRUE(live_.status().slots.at(0).trial.empty());
    live_.assigned("b", 1, 3, slot(0));
    live_.ended("a", scheduler::Ending::done);
    EXPECT_EQ(live_.status().slots.at(0).label, "label-b") << "a's end took b's place";
    live_.committed("a");
    EXPECT_EQ(live_.status().done, 2);

    live_.freed("b");
    live_.assigned("c", 1, 4, slot(0));
    live_.rank_lost(3);
    EXPECT_EQ(live_.status().waiting, 1) << "b, though its place was another's by then";
    EXPECT_EQ(live_.status().slots.at(0).label, "label-c");
}

TEST_F(Live, DrainingAndDevicesSetAsideAreSaidOfWhatWaits)
{
    live_.node_joined("n", 1);
    live_.device_disabled("n", 0);
    EXPECT_EQ(live_.status().waits.at(0).why, "every device has been set aside");
    EXPECT_EQ(live_.status().slots.at(0).note, "set aside");
    live_.drains("SIGUSR1");
    EXPECT_EQ(live_.status().state, "draining");
    EXPECT_EQ(live_.status().waits.at(0).why, "nothing more is started: SIGUSR1");
}

}  // namespace
}  // namespace attnsweep::runner
