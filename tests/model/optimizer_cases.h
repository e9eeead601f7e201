#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/trainee.h"

namespace attnsweep::model {

inline configs::TrainingSettings settings_of(const std::string& optimizer, double momentum = 0, double weight_decay = 0)
{
    configs::TrainingSettings settings = at_rate(0.01);
    settings.optimizer = optimizer;
    settings.momentum = momentum;
    settings.weight_decay = weight_decay;
    return settings;
}

/// Cosine, warm-up, clipping.
inline configs::TrainingSettings with_everything(configs::TrainingSettings settings)
{
    settings.schedule = configs::Schedule::cosine;
    settings.max_epochs = 5;
    settings.warmup_epochs = 1.5;
    settings.clip_norm = 0.5;
    settings.nesterov = settings.momentum > 0;
    return settings;
}

inline std::vector<configs::TrainingSettings> every_optimizer(double weight_decay = 0)
{
    return {settings_of("adagrad", 0, weight_decay), settings_of("sgd", 0, weight_decay),
            settings_of("sgd", 0.9, weight_decay), settings_of("adam", 0, weight_decay),
            settings_of("adamw", 0, weight_decay)};
}

inline std::vector<at::Tensor> weights_of(const InstrumentNet& net)
{
    std::vector<at::Tensor> weights;
    for (const NamedTensor& named : net.named_tensors()) {
        if (named.trainable) {
            weights.push_back(named.tensor);
        }
    }
    return weights;
}

/// Gives every weight a gradient that depends on the number and its position alone.
inline void give_gradients(const InstrumentNet& net, int number)
{
    at::manual_seed(static_cast<std::uint64_t>(number));
    for (const at::Tensor& weight : weights_of(net)) {
        weight.mutable_grad() = at::randn(weight.sizes());
    }
}

}  // namespace attnsweep::model
