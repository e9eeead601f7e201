#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runner/trial/early_stopping.h"

namespace attnsweep::runner {
namespace {

using configs::Monitor;

/// Feeds losses (or accuracies) until it stops; returns the epochs trained.
int epochs_until_stop(EarlyStopping& stopping, Monitor monitor, const std::vector<double>& values)
{
    int epoch = 0;
    for (const double value : values) {
        configs::EpochRecord record;
        record.epoch = ++epoch;
        (monitor == Monitor::validation_loss ? record.validation_loss : record.validation_accuracy) = value;
        stopping.observe(record);
        if (stopping.should_stop()) {
            break;
        }
    }
    return epoch;
}

TEST(EarlyStopping, StopsAfterPatienceEpochsWithoutABetterLoss)
{
    EarlyStopping stopping(Monitor::validation_loss, true, 3);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_loss, {3, 2, 2.5, 2.4, 2.1, 1, 1}), 5);
    EXPECT_EQ(stopping.best_epoch(), 2);
}

TEST(EarlyStopping, CountsAnewAfterABetterOne)
{
    EarlyStopping stopping(Monitor::validation_loss, true, 3);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_loss, {3, 4, 4, 2, 4, 4, 1, 4, 4, 4, 4}), 10);
    EXPECT_EQ(stopping.best_epoch(), 7);
}

TEST(EarlyStopping, TheFirstOfEqualsIsTheBest)
{
    EarlyStopping stopping(Monitor::validation_accuracy, true, 2);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_accuracy, {0.5, 0.7, 0.7, 0.7, 0.7}), 4);
    EXPECT_EQ(stopping.best_epoch(), 2);
}

TEST(EarlyStopping, AccuracyIsBetterWhenGreater)
{
    EarlyStopping stopping(Monitor::validation_accuracy, true, 2);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_accuracy, {0.9, 0.8, 0.7, 0.6}), 3);
    EXPECT_EQ(stopping.best_epoch(), 1);
}

TEST(EarlyStopping, NeverAfterTheFirstEpoch)
{
    EarlyStopping stopping(Monitor::validation_loss, true, 0);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_loss, {1, 0.5, 0.2}), 2);
}

TEST(EarlyStopping, SwitchedOffItFollowsTheBestAlone)
{
    EarlyStopping stopping(Monitor::validation_loss, false, 1);
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_loss, {1, 2, 3, 0.5, 4, 5}), 6);
    EXPECT_EQ(stopping.best_epoch(), 4);
}

TEST(EarlyStopping, NotANumberIsNeverBetter)
{
    EarlyStopping stopping(Monitor::validation_loss, true, 2);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(epochs_until_stop(stopping, Monitor::validation_loss, {nan, 2, nan, nan, 1}), 4);
    EXPECT_EQ(stopping.best_epoch(), 2);
}

TEST(EarlyStopping, GoesOnFromItsState)
{
    const std::vector<double> losses = {3.0, 0.1 + 0.2, 4, 4, 4, 4};
    for (std::size_t cut = 0; cut < 5; ++cut) {
        EarlyStopping stopping(Monitor::validation_loss, true, 3);
        for (std::size_t i = 0; i < losses.size(); ++i) {
            if (i == cut) {
                const std::string kept = stopping.state().dump();
                stopping = EarlyStopping(Monitor::validation_loss, true, 3);
                stopping.restore(nlohmann::json::parse(kept));
            }
            configs::EpochRecord record;
            record.epoch = static_cast<int>(i) + 1;
            record.validation_loss = losses[i];
            stopping.observe(record);
            EXPECT_EQ(stopping.should_stop(), i >= 4) << "cut before epoch " << cut + 1;
        }
        EXPECT_EQ(stopping.best_epoch(), 2);
    }
}

}  // namespace
}  // namespace attnsweep::runner
