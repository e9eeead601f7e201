#include "store/reading/epoch_times.h"

#include <cmath>
#include <ctime>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Times : public ::testing::Test {
protected:
    Times() : store_(Store::open_to_write(folder_ / "results.db")) { store_.record_sweep(sweep_); }

    configs::TrialResult took(std::size_t trial, double epoch_s, const std::string& device = "cpu")
    {
        configs::TrialResult result = done_result(sweep_.trials[trial], {9, 9, 9});
        for (configs::EpochRecord& epoch : result.epochs) {
            epoch.duration_s = epoch_s;
        }
        result.execution.device = device;
        return result;
    }

    tests::TemporaryFolder folder_;
    configs::Sweep sweep_ = synthetic_sweep();
    Store store_;
};

TEST_F(Times, RepeatsAreOneAndDevicesAreApart)
{
    store_.commit(took(0, 1));
    store_.commit(took(1, 4));
    store_.commit(took(2, 0.1, "cuda:3"));
    store_.commit(took(3, 7));
    const std::vector<EpochTimes> all = epoch_times(store_);
    ASSERT_EQ(all.size(), 3u);
    const EpochTimes& repeats = all[2];
    EXPECT_EQ(repeats.spec.model.attention_ratio, 0);
    EXPECT_EQ(repeats.device_kind, configs::DeviceKind::cpu);
    EXPECT_EQ(repeats.threads, 1);
    EXPECT_EQ(repeats.train_clips, 243);
    EXPECT_EQ(repeats.epochs_seen, 4);
    EXPECT_DOUBLE_EQ(repeats.mean_s, 2.5);
    EXPECT_DOUBLE_EQ(repeats.fastest_s, 1);
    EXPECT_DOUBLE_EQ(repeats.slowest_s, 4);
    EXPECT_THAT(repeats.epochs_at_end, ElementsAre(2, 2));
    EXPECT_EQ(all[1].device_kind, configs::DeviceKind::cuda);
    EXPECT_EQ(all[0].spec.model.attention_ratio, 0.25);
}

TEST_F(Times, WaysToComputeAttentionAreApart)
{
    configs::TrialResult tiled = took(0, 1);
    tiled.execution.attention_implementation = "tiled";
    store_.commit(tiled);
    store_.commit(took(1, 4));
    const std::vector<EpochTimes> all = epoch_times(store_);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].attention_implementation, "tiled");
    EXPECT_DOUBLE_EQ(all[1].mean_s, 1);
    EXPECT_EQ(all[0].attention_implementation, "");
}

TEST_F(Times, NumbersOfReplicasAreApart)
{
    configs::TrialResult two = took(0, 1);
    two.execution.replicas = 2;
    store_.commit(two);
    store_.commit(took(1, 4));
    const std::vector<EpochTimes> all = epoch_times(store_);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].replicas, 2);
    EXPECT_DOUBLE_EQ(all[1].mean_s, 1);
    EXPECT_EQ(all[0].replicas, 1);
    EXPECT_DOUBLE_EQ(all[0].mean_s, 4);
}

TEST_F(Times, WhatWasOnSeveralDevicesAndHasNotEndedIsNoTimeOfOne)
{
    const auto begin = [&](std::size_t trial, const std::string& device) {
        store_.begin_attempt(sweep_.trials[trial].id, 1, "node1", device, "2024-01-02T03:04:05Z");
        store_.record_epochs(sweep_.trials[trial].id, 1, std::vector<configs::EpochRecord>{{1, 1, 0, 1, 0, 3}});
    };
    begin(0, "2 x cpu");
    EXPECT_THAT(epoch_times(store_), IsEmpty());
    begin(1, "cpu");
    EXPECT_EQ(epoch_times(store_).size(), 1u);
    configs::TrialResult mixed = took(0, 1);
    mixed.attempt = 2;
    mixed.execution.mixed = true;
    store_.commit(mixed);
    EXPECT_EQ(epoch_times(store_).size(), 1u) << "its first epochs were on two devices";
    mixed = took(1, 1);
    mixed.attempt = 2;
    mixed.execution.mixed = true;
    store_.commit(mixed);
    EXPECT_EQ(epoch_times(store_).size(), 2u) << "mixed in another way";
    mixed = took(2, 1);
    mixed.execution.mixed = true;
    mixed.execution.replicas = 2;
    store_.commit(mixed);
    EXPECT_EQ(epoch_times(store_).size(), 2u) << "its first epochs may have been on one";
}

TEST_F(Times, WhatWentOnOnOneDeviceAfterAnEndedAttemptOnTwoIsNoTimeOfOne)
{
    configs::TrialResult two = failed_result(sweep_.trials[0], "signal", "died");
    two.execution.replicas = 2;
    store_.commit(two);
    configs::TrialResult one = took(0, 4);
    one.attempt = 2;
    one.execution.mixed = true;
    store_.commit(one);
    for (const EpochTimes& times : epoch_times(store_)) {
        EXPECT_EQ(times.replicas, 2) << "its first epochs were on two devices";
    }
    store_.commit(failed_result(sweep_.trials[1], "signal", "died"));
    one = took(1, 4);
    one.attempt = 2;
    one.execution.mixed = true;  // in another way
    store_.commit(one);
    EXPECT_EQ(epoch_times(store_).front().replicas, 1);
}

TEST_F(Times, OneThatHasNotEndedCountsAsItsHostsDevice)
{
    store_.begin_attempt(sweep_.trials[0].id, 1, "node1", "auto", "2024-01-02T03:04:05Z");
    store_.record_epochs(sweep_.trials[0].id, 1, std::vector<configs::EpochRecord>{{1, 1, 0, 1, 0, 3}});
    EXPECT_THAT(epoch_times(store_), IsEmpty()) << "nobody knows what \"auto\" became";
    store_.commit(took(3, 7));
    const std::vector<EpochTimes> all = epoch_times(store_);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].device_kind, configs::DeviceKind::cpu);
    EXPECT_EQ(all[1].threads, 0);
    EXPECT_EQ(all[1].epochs_seen, 1);
    EXPECT_THAT(all[1].epochs_at_end, IsEmpty());
}

TEST_F(Times, OnlyTheNewestAttemptsAreLookedAt)
{
    for (std::size_t trial = 0; trial < 9; ++trial) {
        store_.commit(took(trial, 1));
    }
    std::vector<double> ratios;
    for (const EpochTimes& times : epoch_times(store_, 6)) {
        ratios.push_back(times.spec.model.attention_ratio);
    }
    EXPECT_THAT(ratios, UnorderedElementsAre(0.25, 0.5));
}

TEST_F(Times, AroundEpochsIsTheMeanOfTheMiddleHalf)
{
    EXPECT_EQ(time_around_epochs(store_, configs::DeviceKind::cpu), std::nullopt);
    const auto ended = [&](std::size_t trial, double around_s, double waited_s = 0, int attempt = 1) {
        configs::TrialResult result = took(trial, 20);  // two epochs
        const std::time_t began = std::time(nullptr) - std::lround(40 + around_s + waited_s);
        char text[32];
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&began));
        result.started_at = text;
        result.duration_s = 40 + around_s;
        result.attempt = attempt;
        store_.commit(result);
    };
    ended(0, 5);
    ended(1, 7);
    ended(2, 9);
    ended(3, 55);        // slept
    ended(4, 3, 86400);  // imported the next day
    ended(5, 30, 0, 2);  // of two attempts
    const std::optional<double> around_s = time_around_epochs(store_, configs::DeviceKind::cpu);
    ASSERT_TRUE(around_s);
    EXPECT_NEAR(*around_s, 8, 1.5) << "7 and 9, a second more where the clock moved on";
    EXPECT_EQ(time_around_epochs(store_, configs::DeviceKind::cuda), std::nullopt);
    EXPECT_NEAR(time_around_epochs(store_, configs::DeviceKind::cpu, 2).value(), 55, 1.5)
        << "of the last two, one was imported late";
}

}  // namespace
}  // namespace attnsweep::store
