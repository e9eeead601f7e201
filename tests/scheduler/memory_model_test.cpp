#include "scheduler/memory_model.h"

#include <gtest/gtest.h>

namespace attnsweep::scheduler {
namespace {

MemoryModel model_of(const std::vector<Memory>& estimates)
{
    MemoryModel model;
    for (const Memory& estimate : estimates) {
        model.add(estimate);
    }
    return model;
}

TEST(MemoryModel, AnEstimateHoldsUntilAPeakIsMeasured)
{
    MemoryModel model = model_of({{9, 5}, {9, 5}, {}});
    EXPECT_EQ(model.need(0), (Memory{9, 5}));
    model.measure(0, {4, 0});
    EXPECT_EQ(model.need(0), (Memory{4, 5})) << "only what was measured takes the place of the estimate";
    EXPECT_EQ(model.need(1), (Memory{9, 5})) << "another configuration";
    EXPECT_EQ(model.need(2), Memory{}) << "unknown";
}

TEST(MemoryModel, TheHighestMeasuredPeakCounts)
{
    MemoryModel model = model_of({{}});
    model.measure(0, {4, 1});
    model.measure(0, {3, 2});
    EXPECT_EQ(model.need(0), (Memory{4, 2}));
}

TEST(MemoryModel, OneFewerFitsAfterTrialsRanOutOfMemoryTogether)
{
    MemoryModel model = model_of({{10, 7}, {0, 10}, {50, 0}});
    model.ran_out(0, 3, {80, 100});
    EXPECT_EQ(model.need(0), (Memory{40, 7})) << "two of 40 fit, not three";
    model.ran_out(1, 5, {0, 44});
    EXPECT_EQ(model.need(1), (Memory{0, 11})) << "four of 11 in the memory of a node";
    model.ran_out(2, 3, {80, 0});
    EXPECT_EQ(model.need(2), (Memory{50, 0})) << "it was thought to need more already";
}

TEST(MemoryModel, RunningOutOfMemoryAloneTeachesNothing)
{
    MemoryModel model = model_of({{10, 7}});
    model.ran_out(0, 1, {80, 100});
    EXPECT_EQ(model.need(0), (Memory{10, 7}));
}

TEST(MemoryModel, OnSeveralDevicesEachTakesAsMuchAsOneUntilThatIsMeasured)
{
    MemoryModel model = model_of({{9, 5}});
    EXPECT_EQ(model.need(0, 4), (Memory{9, 5}));
    model.measure(0, {4, 3});
    EXPECT_EQ(model.need(0, 4), (Memory{4, 3}));
    model.measure(0, {2, 7}, 4);
    EXPECT_EQ(model.need(0, 4), (Memory{2, 2})) << "7 of the node's memory for four";
    EXPECT_EQ(model.need(0, 2), (Memory{2, 2}));
    EXPECT_EQ(model.need(0), (Memory{4, 3})) << "one alone has the whole batch";
    model.ran_out(0, 4, {0, 12}, 2);
    EXPECT_EQ(model.need(0, 2), (Memory{2, 4}));
    EXPECT_EQ(model.need(0), (Memory{4, 3}));
}

TEST(MemoryModel, OnlyATrialThatRanOutOfMemoryGetsADeviceOfItsOwn)
{
    EXPECT_FALSE(MemoryModel::needs_own_device({}));
    EXPECT_FALSE(MemoryModel::needs_own_device({{configs::FailureKind::signal, 2}, {configs::FailureKind::device, 1}}));
    EXPECT_TRUE(
        MemoryModel::needs_own_device({{configs::FailureKind::signal, 2}, {configs::FailureKind::out_of_memory, 1}}));
}

}  // namespace
}  // namespace attnsweep::scheduler
