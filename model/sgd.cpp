#include "model/sgd.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>

namespace attnsweep::model {

namespace {

struct SgdNumbers {
    float learning_rate, momentum, decay;
    bool nesterov;
};

void plain_range(float* __restrict weight, const float* __restrict gradient, std::int64_t begin, std::int64_t end,
                 const SgdNumbers by)
{
    for (std::int64_t i = begin; i < end; ++i) {
        weight[i] -= by.learning_rate * (gradient[i] + by.decay * weight[i]);
    }
}

void momentum_range(float* __restrict weight, float* __restrict velocity, const float* __restrict gradient,
                    std::int64_t begin, std::int64_t end, const SgdNumbers by)
{
    for (std::int64_t i = begin; i < end; ++i) {
        const float g = gradient[i] + by.decay * weight[i];
        const float v = by.momentum * velocity[i] + g;
        velocity[i] = v;
        weight[i] -= by.learning_rate * (by.nesterov ? g + by.momentum * v : v);
    }
}

}  // namespace

Sgd::Sgd(const configs::TrainingSettings& training, InstrumentNet& net) : Optimizer(training, net)
{
    if (training_.momentum > 0) {
        keep_per_weight("velocity", 0);
    }
}

void Sgd::update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin, std::int64_t end)
{
    const SgdNumbers by{static_cast<float>(learning_rate_), static_cast<float>(training_.momentum),
                        static_cast<float>(training_.weight_decay), training_.nesterov};
    if (training_.momentum == 0) {
        plain_range(weight, gradient, begin, end, by);
    } else {
        momentum_range(weight, kept(0, index).data_ptr<float>(), gradient, begin, end, by);
    }
}

void Sgd::update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient)
{
    at::Tensor g = gradient.add(weight, training_.weight_decay);
    if (training_.momentum > 0) {
        at::Tensor& velocity = kept(0, index);
        velocity.mul_(training_.momentum).add_(g);
        g = training_.nesterov ? g.add(velocity, training_.momentum) : velocity;
    }
    weight.add_(g, -learning_rate_);
}

void Sgd::update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                          const std::vector<at::Tensor>& gradients)
{
    std::vector<at::Tensor> g = at::_foreach_add(gradients, weights, training_.weight_decay);
    if (training_.momentum > 0) {
        const std::vector<at::Tensor> velocities = kept(0, indices);
        at::_foreach_mul_(velocities, training_.momentum);
        at::_foreach_add_(velocities, g);
        g = training_.nesterov ? at::_foreach_add(g, velocities, training_.momentum) : velocities;
    }
    at::_foreach_add_(weights, g, -learning_rate_);
}

}  // namespace attnsweep::model
