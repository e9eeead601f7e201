#include "model/adagrad.h"

#include <cmath>

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_sqrt.h>

namespace attnsweep::model {

namespace {

// Compiled without errno: the square root is one vector instruction.
void adagrad_range(float* __restrict weight, float* __restrict accumulator, const float* __restrict gradient,
                   std::int64_t begin, std::int64_t end, float learning_rate, float epsilon, float decay)
{
    for (std::int64_t i = begin; i < end; ++i) {
        const float g = decay == 0 ? gradient[i] : gradient[i] + decay * weight[i];
        const float sum = accumulator[i] + g * g;
        accumulator[i] = sum;
        weight[i] -= learning_rate * g / std::sqrt(sum + epsilon);
    }
}

}  // namespace

Adagrad::Adagrad(const configs::TrainingSettings& training, InstrumentNet& net) : Optimizer(training, net)
{
    keep_per_weight("accumulator", training_.initial_accumulator);
}

void Adagrad::update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin,
                           std::int64_t end)
{
    adagrad_range(weight, kept(0, index).data_ptr<float>(), gradient, begin, end, static_cast<float>(learning_rate_),
                  static_cast<float>(training_.epsilon), static_cast<float>(training_.weight_decay));
}

void Adagrad::update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient)
{
    const at::Tensor g = training_.weight_decay == 0 ? gradient : gradient.add(weight, training_.weight_decay);
    at::Tensor& accumulator = kept(0, index);
    accumulator.addcmul_(g, g);
    weight.addcdiv_(g, (accumulator + training_.epsilon).sqrt_(), -learning_rate_);
}

// Not by _fused_adagrad_, which adds epsilon outside the root: Keras' rule would need another accumulator, and so other checkpoints.
void Adagrad::update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                              const std::vector<at::Tensor>& gradients)
{
    const std::vector<at::Tensor> g =
        training_.weight_decay == 0 ? gradients : at::_foreach_add(gradients, weights, training_.weight_decay);
    const std::vector<at::Tensor> accumulators = kept(0, indices);
    at::_foreach_addcmul_(accumulators, g, g);
    const std::vector<at::Tensor> roots = at::_foreach_add(accumulators, training_.epsilon);
    at::_foreach_sqrt_(roots);
    at::_foreach_addcdiv_(weights, g, roots, -learning_rate_);
}

}  // namespace attnsweep::model
