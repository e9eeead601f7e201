#include "runner/planning/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/duration_text.h"

namespace attnsweep::runner {
namespace {

using ::testing::ElementsAre;

std::vector<ExpectedDuration> lasting(const std::vector<double>& seconds)
{
    std::vector<ExpectedDuration> durations;
    for (const double left_s : seconds) {
        ExpectedDuration duration;
        duration.left_s = left_s;
        duration.left_low_s = left_s / 2;
        duration.left_high_s = left_s * 3;
        duration.epoch_basis = Basis::measured;
        durations.push_back(duration);
    }
    return durations;
}

std::vector<std::size_t> order_of(const Forecast& forecast)
{
    std::vector<std::size_t> order;
    for (const PlannedStart& start : forecast.starts) {
        order.push_back(start.trial);
    }
    return order;
}

SlotsPlanned slots(int on_a_node, int devices = 0, scheduler::Memory memory = {})
{
    SlotsPlanned planned;
    planned.on_a_node = on_a_node;
    planned.devices = devices;
    planned.memory = memory;
    return planned;
}

TEST(SweepForecast, LongestFirstOnTheSlotThatIsFreeFirst)
{
    const Forecast forecast = forecast_of(std::vector<TrialOutlook>(5), lasting({2, 7, 3, 7, 5}), slots(2));
    EXPECT_THAT(order_of(forecast), ElementsAre(1, 3, 4, 2, 0));
    EXPECT_EQ(forecast.starts[2].after_s, 7);
    EXPECT_EQ(forecast.starts[4].after_s, 10);
    EXPECT_EQ(forecast.makespan_s, 12);
    EXPECT_EQ(forecast.makespan_low_s, 6);
    EXPECT_EQ(forecast.makespan_high_s, 36);
    EXPECT_EQ(forecast.lower_bound_s, 12);
    EXPECT_TRUE(forecast.is_measured);
}

TEST(SweepForecast, SlotsThatNoTrialTakesCostNothing)
{
    constexpr int billion = 1'000'000'000;  // as many places would not fit into memory
    SlotsPlanned many = slots(billion);
    many.nodes = billion;
    EXPECT_EQ(slots_used(many, 3).count(), 9);
    EXPECT_EQ(slots_used(slots(2), 3).count(), 2);
    EXPECT_EQ(slots_used(slots(8, 2), 3).count(), 8) << "slots of one device are no devices of their own";
    const Forecast forecast = forecast_of(std::vector<TrialOutlook>(3), lasting({2, 9, 3}), many);
    const Forecast on_three = forecast_of(std::vector<TrialOutlook>(3), lasting({2, 9, 3}), slots(3));
    EXPECT_EQ(order_of(forecast), order_of(on_three));
    EXPECT_EQ(forecast.makespan_s, 9);
    EXPECT_EQ(forecast.makespan_high_s, on_three.makespan_high_s);
}

TEST(SweepForecast, NoOrderIsFasterThanTheLongestTrial)
{
    const Forecast forecast = forecast_of(std::vector<TrialOutlook>(3), lasting({2, 9, 3}), slots(8));
    EXPECT_EQ(forecast.lower_bound_s, 9);
    EXPECT_EQ(forecast.makespan_s, 9);
}

TEST(SweepForecast, WhatRunsHasItsSlotAndWhatIsDoneTakesNone)
{
    std::vector<TrialOutlook> outlooks(4);
    outlooks[0].action = PlannedAction::done;
    outlooks[1].action = PlannedAction::given_up;
    outlooks[3].action = PlannedAction::running;
    const Forecast forecast = forecast_of(outlooks, lasting({100, 100, 9, 1}), slots(1));
    EXPECT_THAT(order_of(forecast), ElementsAre(3, 2));
    EXPECT_EQ(forecast.makespan_s, 10);
    outlooks[2].action = outlooks[3].action = PlannedAction::waits;
    EXPECT_EQ(forecast_of(outlooks, lasting({1, 1, 1, 1}), slots(1)).makespan_s, 0);
}

TEST(SweepForecast, ADeviceIsSharedAsFarAsItsMemoryReaches)
{
    const std::vector<scheduler::Memory> memory(3, {4, 1});
    const auto makespan_s = [&](std::int64_t device_bytes) {
        return forecast_of(std::vector<TrialOutlook>(3), lasting({6, 6, 6}), slots(3, 1, {device_bytes, 0}), {}, memory)
            .makespan_s;
    };
    EXPECT_EQ(makespan_s(12), 6);
    EXPECT_EQ(makespan_s(8), 12);
    EXPECT_EQ(makespan_s(7), 18);
}

TEST(SweepForecast, BeforeATimeLimitSomeEndSomeAreStoppedAndSomeNotStarted)
{
    std::vector<ExpectedDuration> durations = lasting({100, 80, 60, 40});
    for (ExpectedDuration& duration : durations) {
        duration.epoch_s = 30;
    }
    // Trials are asked to end after 150 s; one that starts needs 5 s and an epoch before.
    const Forecast forecast = forecast_of(std::vector<TrialOutlook>(4), durations, slots(1), {165, 10, 600});
    EXPECT_THAT(order_of(forecast), ElementsAre(0, 1));
    EXPECT_FALSE(forecast.starts[0].is_stopped);
    EXPECT_TRUE(forecast.starts[1].is_stopped);
    EXPECT_EQ(forecast.stopped(), 1);
    EXPECT_THAT(forecast.not_started, ElementsAre(2, 3));
    EXPECT_EQ(forecast.makespan_s, 150);

    const Forecast short_one = forecast_of(std::vector<TrialOutlook>(4), durations, slots(1), {30, 10, 600});
    EXPECT_TRUE(short_one.starts.empty()) << "nothing would reach a checkpoint";
    EXPECT_EQ(short_one.not_started.size(), 4u);
    EXPECT_TRUE(forecast_of(std::vector<TrialOutlook>(4), durations, slots(1), {1000, 10, 600}).not_started.empty());
}

TEST(SweepForecast, EachOnSeveralDevices)
{
    SlotsPlanned four = slots(4);
    four.devices_per_trial = 2;
    const Forecast forecast = forecast_of(std::vector<TrialOutlook>(4), lasting({10, 10, 10, 10}), four);
    EXPECT_EQ(forecast.makespan_s, 20) << "the durations are those on two";
    EXPECT_EQ(forecast.lower_bound_s, 20);
    EXPECT_EQ(forecast.starts.at(0).devices, 2);
}

TEST(SweepForecast, WithAutomaticDevicesTheLastTrialsGetSeveral)
{
    SlotsPlanned eight = slots(4);
    eight.nodes = 2;
    eight.devices_per_trial = 0;
    eight.speed = scheduler::DeviceSpeed(1);
    eight.most_devices = {16, 16, 16, 16};
    Forecast forecast = forecast_of(std::vector<TrialOutlook>(4), lasting({10, 10, 10, 10}), eight);
    EXPECT_EQ(forecast.makespan_s, 5);
    EXPECT_EQ(forecast.lower_bound_s, 5);
    EXPECT_EQ(forecast.starts.at(3).devices, 2);
    EXPECT_EQ(forecast.starts.at(3).lasts_s, 5);
    EXPECT_EQ(forecast.makespan_high_s, 15);
    eight.most_devices = {1, 1, 1, 1};
    EXPECT_EQ(forecast_of(std::vector<TrialOutlook>(4), lasting({10, 10, 10, 10}), eight).makespan_s, 10)
        << "batches of one clip";
}

TEST(SweepForecast, SlotsOfCoresAreOneDeviceOfWhichATrialTakesSeveral)
{
    SlotsPlanned cores = slots(4, 1);
    EXPECT_EQ(cores.most_together(), 1);
    cores.of_cores = true;
    EXPECT_EQ(cores.most_together(), 4);
    cores.devices_per_trial = 4;
    EXPECT_EQ(forecast_of(std::vector<TrialOutlook>(2), lasting({10, 10}), cores).makespan_s, 20);
}

TEST(DurationText, DaysAfterTwo)
{
    EXPECT_EQ(duration_text(47 * 3600.), "47 h 00 min");
    EXPECT_EQ(duration_text(103 * 3600.), "4 d 07 h");
}

}  // namespace
}  // namespace attnsweep::runner
