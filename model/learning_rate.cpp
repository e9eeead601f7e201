#include "model/learning_rate.h"

#include <cmath>
#include <numbers>

namespace attnsweep::model {

namespace {

double of_schedule(const configs::TrainingSettings& training, int epoch, double batch, double warm_up, double all)
{
    switch (training.schedule) {
    case configs::Schedule::constant:
        return 1;
    case configs::Schedule::step:
        return std::pow(training.step_factor, (epoch - 1) / training.step_epochs);
    case configs::Schedule::cosine:
        return batch < warm_up ? 1 : (1 + std::cos(std::numbers::pi * (batch - warm_up) / (all - warm_up))) / 2;
    }
    return 1;
}

}  // namespace

double learning_rate_at(const configs::TrainingSettings& training, int epoch, std::int64_t batch, std::int64_t batches)
{
    const auto of_epoch = static_cast<double>(batches);
    const double here = (epoch - 1) * of_epoch + static_cast<double>(batch);
    const double warm_up = std::round(training.warmup_epochs * of_epoch);
    const double of_warm_up = here < warm_up ? (here + 1) / warm_up : 1;
    return training.learning_rate * of_warm_up *
           of_schedule(training, epoch, here, warm_up, training.max_epochs * of_epoch);
}

}  // namespace attnsweep::model
