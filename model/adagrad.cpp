#include "model/adagrad.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "model/error.h"
#include "model/weights.h"

namespace attnsweep::model {

namespace {

// Without errno the square root is one vector instruction.
__attribute__((optimize("no-math-errno"))) void step_range(float* __restrict weight, float* __restrict accumulator,
                                                           const float* __restrict gradient, std::int64_t size,
                                                           float learning_rate, float epsilon)
{
    for (std::int64_t i = 0; i < size; ++i) {
        const float g = gradient[i];
        const float sum = accumulator[i] + g * g;
        accumulator[i] = sum;
        weight[i] -= learning_rate * g / std::sqrt(sum + epsilon);
    }
}

// One pass instead of the five of separate operators. Elementwise, so the result does not depend on how the range is
// divided.
void step_on_cpu(at::Tensor& weight, at::Tensor& accumulator, const at::Tensor& gradient, float learning_rate,
                 float epsilon)
{
    constexpr std::int64_t grain = 1 << 16;
    float* w = weight.data_ptr<float>();
    float* a = accumulator.data_ptr<float>();
    const float* g = gradient.const_data_ptr<float>();
    at::parallel_for(0, weight.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
        step_range(w + begin, a + begin, g + begin, end - begin, learning_rate, epsilon);
    });
}

// Requires equal memory order, so that number i of one belongs to number i of the others.
bool same_memory_order(const at::Tensor& a, const at::Tensor& b)
{
    return a.is_non_overlapping_and_dense() && a.strides() == b.strides() && b.scalar_type() == at::kFloat;
}

}  // namespace

Optimizer::Optimizer(InstrumentNet& net)
{
    for (NamedTensor& named : net.named_tensors()) {
        if (named.trainable) {
            weights_.push_back(std::move(named));
        }
    }
}

void Optimizer::clear_gradients()
{
    for (NamedTensor& weight : weights_) {
        weight.tensor.mutable_grad() = at::Tensor();
    }
}

std::unique_ptr<Optimizer> make_optimizer(const configs::TrainingSettings& settings, InstrumentNet& net)
{
    if (settings.optimizer == "adagrad") {
        return std::make_unique<Adagrad>(net, settings.learning_rate, settings.initial_accumulator, settings.epsilon);
    }
    throw Error("training.optimizer = " + settings.optimizer + ": expected \"adagrad\"");
}

Adagrad::Adagrad(InstrumentNet& net, double learning_rate, double initial_accumulator, double epsilon)
    : Optimizer(net), learning_rate_(learning_rate), epsilon_(epsilon)
{
    for (const NamedTensor& weight : weights_) {
        accumulators_.push_back(
            {"accumulator/" + weight.name, at::full_like(weight.tensor.detach(), initial_accumulator), false});
    }
}

void Adagrad::step()
{
    at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        at::Tensor& weight = weights_[i].tensor;
        at::Tensor& accumulator = accumulators_[i].tensor;
        at::Tensor gradient = weight.grad();
        if (!gradient.defined()) {
            continue;
        }
        if (weight.is_cpu() && same_memory_order(weight, accumulator)) {
            if (!same_memory_order(weight, gradient)) {
                gradient = at::empty_like(weight).copy_(gradient);
            }
            step_on_cpu(weight, accumulator, gradient, static_cast<float>(learning_rate_),
                        static_cast<float>(epsilon_));
        } else {
            accumulator.addcmul_(gradient, gradient);
            weight.addcdiv_(gradient, (accumulator + epsilon_).sqrt_(), -learning_rate_);
        }
    }
}

std::string Adagrad::to_bytes() const
{
    return tensors_to_bytes(accumulators_);
}

void Adagrad::from_bytes(std::string_view bytes)
{
    tensors_from_bytes(accumulators_, bytes, "the optimizer's state");
}

}  // namespace attnsweep::model
