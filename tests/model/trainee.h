#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/error.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/training_step.h"
#include "model/weights.h"

namespace attnsweep::model {

inline constexpr InputShape shape{11, 21, 5};

inline configs::ModelSettings narrow(double ratio)
{
    configs::ModelSettings settings;
    settings.attention_ratio = ratio;
    settings.first_filters = 4;
    settings.dense_sizes = {24, 16};
    return settings;
}

inline configs::TrainingSettings at_rate(double learning_rate)
{
    configs::TrainingSettings settings;
    settings.learning_rate = learning_rate;
    return settings;
}

/// A network with its optimizer, and the bytes of both.
struct Trainee {
    explicit Trainee(double ratio, std::uint64_t seed = 1, const configs::TrainingSettings& training = at_rate(0.01))
        : net(narrow(ratio), shape, seed), optimizer(make_optimizer(training, net))
    {
    }
    StepResult step(std::uint64_t batch, configs::Precision precision = configs::Precision::float32)
    {
        at::manual_seed(batch);
        const at::Tensor x = at::rand({8, shape.frames, shape.bins}),
                         labels = at::randint(shape.classes, {8}, at::kLong);
        return train_batch(net, *optimizer, x, labels, precision);
    }
    std::string bytes() const { return to_bytes(net) + optimizer->to_bytes(); }

    InstrumentNet net;
    std::unique_ptr<Optimizer> optimizer;
};

inline std::string message_of(const std::function<void()>& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace attnsweep::model
