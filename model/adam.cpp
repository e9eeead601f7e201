#include "model/adam.h"

#include <cmath>

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sqrt.h>

namespace attnsweep::model {

namespace {

struct AdamNumbers {
    float beta_1, rest_1, beta_2, rest_2, decay, shrinking, step_size, root_of_correction, epsilon;
};

// Compiled without errno: the square root is one vector instruction.
void adam_range(float* __restrict weight, float* __restrict first, float* __restrict second,
                const float* __restrict gradient, std::int64_t begin, std::int64_t end, const AdamNumbers by)
{
    for (std::int64_t i = begin; i < end; ++i) {
        const float g = gradient[i] + by.decay * weight[i];
        const float m = by.beta_1 * first[i] + by.rest_1 * g;
        const float v = by.beta_2 * second[i] + by.rest_2 * g * g;
        first[i] = m;
        second[i] = v;
        weight[i] = by.shrinking * weight[i] - by.step_size * m / (std::sqrt(v) / by.root_of_correction + by.epsilon);
    }
}

}  // namespace

Adam::Adam(const configs::TrainingSettings& training, InstrumentNet& net)
    : Optimizer(training, net), steps_(at::zeros({2}, at::kFloat)),
      decay_(training.optimizer == "adamw" ? 0 : training.weight_decay)
{
    keep_per_weight("first_moment", 0);
    keep_per_weight("second_moment", 0);
    keep("steps", steps_);
}

void Adam::begin_step()
{
    constexpr std::int64_t counted = 1 << 24;
    float* steps = steps_.data_ptr<float>();
    const std::int64_t t = counted * static_cast<std::int64_t>(steps[0]) + static_cast<std::int64_t>(steps[1]) + 1;
    const std::int64_t rounds = t / counted;
    steps[0] = static_cast<float>(rounds);
    steps[1] = static_cast<float>(t % counted);
    shrinking_ = training_.optimizer == "adamw" ? 1 - learning_rate_ * training_.weight_decay : 1;
    step_size_ = learning_rate_ / (1 - std::pow(training_.beta_1, static_cast<double>(t)));
    root_of_correction_ = std::sqrt(1 - std::pow(training_.beta_2, static_cast<double>(t)));
}

void Adam::update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin, std::int64_t end)
{
    const auto number = [](double value) { return static_cast<float>(value); };
    const AdamNumbers by{
        number(training_.beta_1), number(1 - training_.beta_1), number(training_.beta_2), number(1 - training_.beta_2),
        number(decay_),           number(shrinking_),           number(step_size_),       number(root_of_correction_),
        number(training_.epsilon)};
    adam_range(weight, kept(0, index).data_ptr<float>(), kept(1, index).data_ptr<float>(), gradient, begin, end, by);
}

void Adam::update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient)
{
    const at::Tensor g = decay_ == 0 ? gradient : gradient.add(weight, decay_);
    at::Tensor &first = kept(0, index), &second = kept(1, index);
    first.mul_(training_.beta_1).add_(g, 1 - training_.beta_1);
    second.mul_(training_.beta_2).addcmul_(g, g, 1 - training_.beta_2);
    weight.mul_(shrinking_)
        .addcdiv_(first, second.sqrt().div_(root_of_correction_).add_(training_.epsilon), -step_size_);
}

void Adam::update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                           const std::vector<at::Tensor>& gradients)
{
    const std::vector<at::Tensor> g = decay_ == 0 ? gradients : at::_foreach_add(gradients, weights, decay_);
    const std::vector<at::Tensor> first = kept(0, indices), second = kept(1, indices);
    at::_foreach_mul_(first, training_.beta_1);
    at::_foreach_add_(first, g, 1 - training_.beta_1);
    at::_foreach_mul_(second, training_.beta_2);
    at::_foreach_addcmul_(second, g, g, 1 - training_.beta_2);
    const std::vector<at::Tensor> roots = at::_foreach_sqrt(second);
    at::_foreach_div_(roots, root_of_correction_);
    at::_foreach_add_(roots, training_.epsilon);
    at::_foreach_mul_(weights, shrinking_);
    at::_foreach_addcdiv_(weights, first, roots, -step_size_);
}

}  // namespace attnsweep::model
