#include <gtest/gtest.h>

#include <cmath>

#include "model/learning_rate.h"

namespace attnsweep::model {
namespace {

constexpr int batches = 4;

configs::TrainingSettings training(configs::Schedule schedule, int max_epochs = 6)
{
    configs::TrainingSettings settings;
    settings.learning_rate = 0.5;
    settings.schedule = schedule;
    settings.max_epochs = max_epochs;
    return settings;
}

TEST(LearningRate, IsConstantByDefault)
{
    const configs::TrainingSettings settings;
    for (const int epoch : {1, 2, 400}) {
        EXPECT_EQ(learning_rate_at(settings, epoch, 3, batches), settings.learning_rate);
    }
}

TEST(LearningRate, FallsInSteps)
{
    configs::TrainingSettings settings = training(configs::Schedule::step);
    settings.step_epochs = 2;
    settings.step_factor = 0.25;
    const double factors[] = {1, 1, 0.25, 0.25, 0.0625, 0.0625};
    for (int epoch = 1; epoch <= 6; ++epoch) {
        for (int batch = 0; batch < batches; ++batch) {
            EXPECT_DOUBLE_EQ(learning_rate_at(settings, epoch, batch, batches), 0.5 * factors[epoch - 1]);
        }
    }
}

TEST(LearningRate, FallsAlongACosineAfterTheWarmUp)
{
    configs::TrainingSettings settings = training(configs::Schedule::cosine);
    settings.warmup_epochs = 1.5;
    // 24 batches: 6 to warm up, then half a cosine over 18.
    for (int n = 0; n < 24; ++n) {
        const double expected = n < 6 ? 0.5 * (n + 1) / 6 : 0.5 * (1 + std::cos(M_PI * (n - 6) / 18.0)) / 2;
        EXPECT_DOUBLE_EQ(learning_rate_at(settings, n / batches + 1, n % batches, batches), expected) << n;
    }
    EXPECT_EQ(learning_rate_at(settings, 2, 2, batches), 0.5) << "the whole rate follows the warm-up";
    EXPECT_GT(learning_rate_at(settings, 6, 3, batches), 0) << "the last batch trains, too";
}

TEST(LearningRate, WarmsUpWithEverySchedule)
{
    for (const auto schedule : {configs::Schedule::constant, configs::Schedule::step, configs::Schedule::cosine}) {
        configs::TrainingSettings settings = training(schedule);
        settings.step_epochs = 1;
        settings.step_factor = 0.5;
        settings.warmup_epochs = 2;
        EXPECT_DOUBLE_EQ(learning_rate_at(settings, 1, 0, batches), 0.5 / 8);
        EXPECT_DOUBLE_EQ(learning_rate_at(settings, 1, 3, batches), 0.5 / 2);
        const double step = schedule == configs::Schedule::step ? 0.5 : 1;
        EXPECT_DOUBLE_EQ(learning_rate_at(settings, 2, 3, batches), 0.5 * step);
    }
}

TEST(LearningRate, AWarmUpMayTakeTheWholeTraining)
{
    configs::TrainingSettings settings = training(configs::Schedule::cosine, 1);
    settings.warmup_epochs = 1;
    for (int batch = 0; batch < batches; ++batch) {
        EXPECT_DOUBLE_EQ(learning_rate_at(settings, 1, batch, batches), 0.5 * (batch + 1) / 4);
    }
}

}  // namespace
}  // namespace attnsweep::model
