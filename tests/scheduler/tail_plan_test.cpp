#include "scheduler/tail_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A node of GPUs that are free at these times.
NodeSlots node(const std::vector<double>& free_at_s)
{
    NodeSlots node;
    for (const double each : free_at_s) {
        node.slots.push_back({static_cast<int>(node.slots.size()), each});
    }
    return node;
}

std::vector<int> devices_of(const std::vector<TailStart>& plan)
{
    std::vector<int> devices;
    devices.reserve(plan.size());
    for (const TailStart& start : plan) {
        devices.push_back(start.devices);
    }
    return devices;
}

const DeviceSpeed perfect(1);

TEST(DeviceSpeed, WhatIsMeasuredCountsAndBeyondItTheAssumptionForEachDoubling)
{
    DeviceSpeed speed;
    EXPECT_EQ(speed.of(1), 1);
    EXPECT_DOUBLE_EQ(speed.of(2), 1.6);
    EXPECT_DOUBLE_EQ(speed.of(8), 1.6 * 1.6 * 1.6);
    speed.measure(4, 0.81);
    EXPECT_DOUBLE_EQ(speed.of(4), 3.24);
    EXPECT_DOUBLE_EQ(speed.of(8), 3.24 * 1.6);
    EXPECT_DOUBLE_EQ(speed.of(2), 1.8) << "half the doublings of four";
    speed.measure(2, 0.7);
    EXPECT_DOUBLE_EQ(speed.of(2), 1.4);
    EXPECT_GT(speed.of(3), 1.4);
    EXPECT_LT(speed.of(3), 3.24);
}

TEST(TailPlan, FewerTrialsThanDevicesGetSeveralEach)
{
    const std::vector<WaitingTrial> trials(4, {100, 64});
    EXPECT_THAT(devices_of(plan_tail({node(std::vector<double>(8, 0))}, trials, perfect, 0)), ElementsAre(2, 2, 2, 2));
    EXPECT_THAT(plan_tail({node(std::vector<double>(4, 0))}, trials, perfect, 0), IsEmpty()) << "as many as trials";
}

TEST(TailPlan, OnlyTheOnesThatWouldEndLastGetSeveral)
{
    const auto plan = plan_tail({node(std::vector<double>(8, 0))}, {{100, 64}, {50, 64}, {50, 64}}, perfect, 0);
    EXPECT_THAT(devices_of(plan), ElementsAre(4, 2, 2));
    for (const TailStart& start : plan) {
        EXPECT_EQ(start.starts_at_s, 0);
    }
}

TEST(TailPlan, ATrialsDevicesAreOfOneNode)
{
    EXPECT_THAT(devices_of(plan_tail({node({0, 0}), node({0, 0}), node({0, 0})}, {{100, 64}}, perfect, 0)),
                ElementsAre(2));
    EXPECT_THAT(plan_tail({node({0}), node({0}), node({0})}, {{100, 64}}, perfect, 0), IsEmpty());
}

TEST(TailPlan, PlacesOfOneDeviceCountOnceUnlessTheyAreCores)
{
    NodeSlots shared;
    shared.slots = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
    EXPECT_THAT(plan_tail({shared}, {{100, 64}}, perfect, 0), IsEmpty());
    shared.of_cores = true;
    EXPECT_THAT(devices_of(plan_tail({shared}, {{100, 64}}, perfect, 0)), ElementsAre(4));
}

TEST(TailPlan, NoMoreDevicesThanClipsInABatch)
{
    EXPECT_THAT(devices_of(plan_tail({node(std::vector<double>(8, 0))}, {{100, 3}}, perfect, 0)), ElementsAre(2));
}

TEST(TailPlan, WhatSavesNothingIsOneDeviceEach)
{
    EXPECT_THAT(plan_tail({node({0, 0})}, {{100, 64}}, DeviceSpeed(0.5), 0), IsEmpty()) << "two are as fast as one";
    EXPECT_THAT(plan_tail({node({0, 0})}, {{100, 64}}, DeviceSpeed(0.52), 0), IsEmpty()) << "less than a twentieth";
    EXPECT_THAT(plan_tail({node({0, 0, 500})}, {{100, 64}}, perfect, 0), IsEmpty()) << "another ends later anyway";
}

TEST(TailPlan, ATrialWaitsForASecondDeviceOnlyIfThatIsSoon)
{
    const auto soon = plan_tail({node({0, 10})}, {{100, 64}}, perfect, 0);
    ASSERT_THAT(devices_of(soon), ElementsAre(2));
    EXPECT_EQ(soon[0].starts_at_s, 10) << "ends at 60, not at 100";
    EXPECT_THAT(plan_tail({node({0, 60})}, {{100, 64}}, perfect, 0), IsEmpty()) << "ends at 100, not at 110";
}

TEST(TailPlan, TimesAreFromNow)
{
    const auto plan = plan_tail({node({1000, 1010})}, {{100, 64}}, perfect, 1000);
    ASSERT_THAT(devices_of(plan), ElementsAre(2));
    EXPECT_EQ(plan[0].starts_at_s, 1010);
    EXPECT_THAT(plan_tail({}, {{100, 64}}, perfect, 0), IsEmpty());
    EXPECT_THAT(plan_tail({node({0, 0})}, {}, perfect, 0), IsEmpty());
}

}  // namespace
}  // namespace attnsweep::scheduler
