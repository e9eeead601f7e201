#include "model/optimizer.h"

#include <algorithm>
#include <cmath>

#include "model/adagrad.h"
#include "model/adam.h"
#include "model/error.h"
#include "model/learning_rate.h"
#include "model/libtorch_threads.h"
#include "model/sgd.h"
#include "model/weights.h"

namespace attnsweep::model {

namespace {

constexpr const char* name_entry = "optimizer";  // in the metadata
constexpr std::int64_t piece = 1 << 16;          // numbers that a thread takes at a time

bool is_dense_on_cpu(const at::Tensor& tensor)
{
    return tensor.is_cpu() && tensor.is_non_overlapping_and_dense() && tensor.scalar_type() == at::kFloat;
}

// Requires equal memory order, so that number i of one belongs to number i of the other.
bool same_memory_order(const at::Tensor& a, const at::Tensor& b)
{
    return a.is_non_overlapping_and_dense() && a.strides() == b.strides() && b.scalar_type() == at::kFloat;
}

double sum_of_squares(const float* numbers, std::int64_t size)
{
    constexpr int lanes = 8;  // independent sums, which the compiler computes side by side
    double sums[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= size; i += lanes) {
        for (int lane = 0; lane < lanes; ++lane) {
            const double number = numbers[i + lane];
            sums[lane] += number * number;
        }
    }
    double sum = 0;
    for (; i < size; ++i) {
        sum += static_cast<double>(numbers[i]) * numbers[i];
    }
    for (const double lane : sums) {
        sum += lane;
    }
    return sum;
}

// In pieces of a fixed size, added in their order: the sum does not depend on threads.
double sum_of_squares_on_cpu(const at::Tensor& gradient)
{
    const float* numbers = gradient.const_data_ptr<float>();
    const std::int64_t size = gradient.numel();
    std::vector<double> sums(static_cast<std::size_t>((size + piece - 1) / piece));
    on_libtorchs_threads(static_cast<std::int64_t>(sums.size()), [&](std::int64_t i) {
        sums[static_cast<std::size_t>(i)] = sum_of_squares(numbers + i * piece, std::min(piece, size - i * piece));
    });
    double sum = 0;
    for (const double of_piece : sums) {
        sum += of_piece;
    }
    return sum;
}

}  // namespace

Optimizer::Optimizer(const configs::TrainingSettings& training, InstrumentNet& net)
    : training_(training), learning_rate_(training.learning_rate)
{
    for (NamedTensor& named : net.named_tensors()) {
        if (named.trainable) {
            weights_.push_back(std::move(named));
        }
    }
}

void Optimizer::keep_per_weight(const std::string& kind, double initial)
{
    for (const NamedTensor& weight : weights_) {
        state_.push_back({kind + "/" + weight.name, at::full_like(weight.tensor.detach(), initial), false});
    }
}

void Optimizer::keep(const std::string& name, const at::Tensor& tensor)
{
    state_.push_back({name, tensor, false});
}

std::vector<at::Tensor> Optimizer::kept(std::size_t kind, const std::vector<std::size_t>& weights)
{
    std::vector<at::Tensor> tensors;
    tensors.reserve(weights.size());
    for (const std::size_t weight : weights) {
        tensors.push_back(kept(kind, weight));
    }
    return tensors;
}

void Optimizer::begin_batch(int epoch, std::int64_t batch, std::int64_t batches)
{
    learning_rate_ = learning_rate_at(training_, epoch, batch, batches);
}

void Optimizer::clip_gradients()
{
    double squares = 0;
    at::Tensor on_device;  // a number that stays there: the host does not wait for it
    for (const NamedTensor& weight : weights_) {
        const at::Tensor gradient = weight.tensor.grad();
        if (gradient.defined() && is_dense_on_cpu(gradient)) {
            squares += sum_of_squares_on_cpu(gradient);
        } else if (gradient.defined()) {
            const at::Tensor sum = gradient.square().sum(at::kDouble);
            on_device = on_device.defined() ? on_device.add(sum) : sum;
        }
    }
    const auto scale_all = [this](const auto& factor) {
        for (const NamedTensor& weight : weights_) {
            if (weight.tensor.grad().defined()) {
                weight.tensor.grad().mul_(factor);
            }
        }
    };
    if (on_device.defined()) {
        const at::Tensor norm = on_device.add(squares).sqrt();
        // A norm that is not a number is above none: gradients are then left as they are.
        scale_all(at::where(norm.gt(training_.clip_norm), training_.clip_norm / norm, at::ones_like(norm)));
    } else if (const double norm = std::sqrt(squares); norm > training_.clip_norm) {
        scale_all(at::Scalar(training_.clip_norm / norm));
    }
}

void Optimizer::step()
{
    at::NoGradGuard no_grad;
    if (training_.clip_norm > 0) {
        clip_gradients();
    }
    begin_step();
    if (step_ == configs::OptimizerStep::foreach) {
        step_together();
        return;
    }
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        at::Tensor& weight = weights_[i].tensor;
        at::Tensor gradient = weight.grad();
        if (!gradient.defined()) {
            continue;
        }
        if (!is_dense_on_cpu(weight)) {
            update_tensor(i, weight, gradient);
            continue;
        }
        if (!same_memory_order(weight, gradient)) {
            gradient = at::empty_like(weight).copy_(gradient);
        }
        float* numbers = weight.data_ptr<float>();
        const float* slopes = gradient.const_data_ptr<float>();
        const std::int64_t size = weight.numel();
        on_libtorchs_threads((size + piece - 1) / piece, [&](std::int64_t unit) {
            update_range(i, numbers, slopes, unit * piece, std::min((unit + 1) * piece, size));
        });
    }
}

void Optimizer::step_together()
{
    std::vector<std::size_t> indices;
    std::vector<at::Tensor> weights, gradients;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        if (weights_[i].tensor.grad().defined()) {
            indices.push_back(i);
            weights.push_back(weights_[i].tensor);
            gradients.push_back(weights_[i].tensor.grad());
        }
    }
    if (!indices.empty()) {
        update_together(indices, weights, gradients);
    }
}

void Optimizer::clear_gradients()
{
    for (NamedTensor& weight : weights_) {
        weight.tensor.mutable_grad() = at::Tensor();
    }
}

std::string Optimizer::to_bytes() const
{
    return tensors_to_bytes(state_, {{name_entry, training_.optimizer}});
}

void Optimizer::from_bytes(std::string_view bytes)
{
    const std::string what = "the optimizer's state";
    const std::string name = metadata_in(bytes, name_entry, what).value_or("adagrad");
    if (name != training_.optimizer) {
        throw Error(what + " is that of " + name + ", but training.optimizer = \"" + training_.optimizer +
                    "\"; expected a state of the same optimizer: resume with the settings it was written under, or "
                    "from the beginning");
    }
    tensors_from_bytes(state_, bytes, what);
}

std::unique_ptr<Optimizer> make_optimizer(const configs::TrainingSettings& settings, InstrumentNet& net)
{
    if (settings.optimizer == "adagrad") {
        return std::make_unique<Adagrad>(settings, net);
    }
    if (settings.optimizer == "sgd") {
        return std::make_unique<Sgd>(settings, net);
    }
    if (settings.optimizer == "adam" || settings.optimizer == "adamw") {
        return std::make_unique<Adam>(settings, net);
    }
    throw Error("training.optimizer = " + settings.optimizer + R"(: expected "adagrad", "sgd", "adam" or "adamw")");
}

}  // namespace attnsweep::model
