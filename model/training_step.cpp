#include "model/training_step.h"

#include <ATen/autocast_mode.h>
#include <c10/core/InferenceMode.h>

#include <chrono>
#include <cmath>
#include <utility>

namespace attnsweep::model {

namespace {

c10::Device device_of(const InstrumentNet& net)
{
    return net.named_tensors().front().tensor.device();
}

// bfloat16 is libtorch's autocast: convolutions and products in bfloat16, everything stored in float32.
class Autocast {
public:
    Autocast(configs::Precision precision, c10::DeviceType device)
        : device_(device), before_(at::autocast::is_autocast_enabled(device)),
          dtype_before_(at::autocast::get_autocast_dtype(device))
    {
        if (precision == configs::Precision::bfloat16) {
            at::autocast::set_autocast_enabled(device, true);
            at::autocast::set_autocast_dtype(device, at::kBFloat16);
        }
    }
    ~Autocast()
    {
        at::autocast::set_autocast_enabled(device_, before_);
        at::autocast::set_autocast_dtype(device_, dtype_before_);
        at::autocast::clear_cache();
    }
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

private:
    c10::DeviceType device_;
    bool before_;
    at::ScalarType dtype_before_;
};

// Returns logits (N, classes), float32 for every precision.
at::Tensor logits_of(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision,
                     StepObserver* observer = nullptr)
{
    const c10::Device device = device_of(net);
    const Autocast autocast(precision, device.type());
    const at::Tensor logits = net.forward(batch.to(device), observer);
    return logits.scalar_type() == at::kDouble ? logits : logits.to(at::kFloat);
}

// For a step, batch norm has the statistics of all replicas' shares.
class LinkedNormalisation {
public:
    LinkedNormalisation(InstrumentNet& net, const ReplicaLink* link) : net_(net)
    {
        net_.use_link(link != nullptr && link->shares_batch ? link : nullptr);
    }
    ~LinkedNormalisation() { net_.use_link(nullptr); }
    LinkedNormalisation(const LinkedNormalisation&) = delete;
    LinkedNormalisation& operator=(const LinkedNormalisation&) = delete;

private:
    InstrumentNet& net_;
};

// The mean of the batch's losses; of a share: what it adds to the mean of the whole batch.
at::Tensor loss_of(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& class_weights,
                   const ReplicaLink* link)
{
    const std::optional<at::Tensor> weights =
        class_weights.defined() ? std::optional<at::Tensor>(class_weights) : std::nullopt;
    if (link == nullptr) {
        return at::cross_entropy_loss(logits, targets, weights);
    }
    if (!link->shares_batch) {
        return at::cross_entropy_loss(logits, targets, weights);
    }
    return at::cross_entropy_loss(logits, targets, weights, at::Reduction::Sum) / link->batch_weight;
}

at::Tensor added_up(const at::Tensor& loss, const ReplicaLink* link)
{
    if (link == nullptr) {
        return loss.detach();
    }
    const at::Tensor own = loss.detach().to(at::kDouble, false, /*copy=*/true);
    at::Tensor sum = link->counts() ? own : at::zeros_like(own);
    link->sum({sum});
    return sum;
}

std::vector<at::Tensor> gradients_of(const InstrumentNet& net)
{
    std::vector<at::Tensor> gradients;
    for (const NamedTensor& weight : net.named_tensors()) {
        if (weight.trainable && weight.tensor.grad().defined()) {
            gradients.push_back(weight.tensor.grad());
        }
    }
    return gradients;
}

// Switches to inference mode for a scope and restores the network's mode.
class Evaluating {
public:
    explicit Evaluating(InstrumentNet& net, bool as_in_training = false) : net_(net), training_(net.is_training())
    {
        net_.train(as_in_training);
    }
    ~Evaluating() { net_.train(training_); }
    Evaluating(const Evaluating&) = delete;
    Evaluating& operator=(const Evaluating&) = delete;

private:
    c10::InferenceMode inference_;
    InstrumentNet& net_;
    bool training_;
};

// Returns the seconds since the call before.
class Laps {
public:
    double lap()
    {
        const Clock::time_point before = std::exchange(last_, Clock::now());
        return std::chrono::duration<double>(last_ - before).count();
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point last_ = Clock::now();
};

}  // namespace

StepResult train_batch(InstrumentNet& net, Optimizer& optimizer, const at::Tensor& batch, const at::Tensor& labels,
                       configs::Precision precision, const at::Tensor& class_weights, StepObserver* observer,
                       const ReplicaLink* link, bool reads_late)
{
    const LinkedNormalisation linked(net, link);
    net.train();
    optimizer.clear_gradients();
    StepResult result;
    Laps laps;
    const at::Tensor logits = logits_of(net, batch, precision, observer);
    const at::Tensor targets = labels.to(logits.device());
    const at::Tensor loss = loss_of(logits, targets, class_weights, link);
    if (observer != nullptr) {
        observer->layer_done("loss", loss);
    }
    const at::Tensor whole_loss = added_up(loss, link);
    result.loss = reads_late ? 0 : whole_loss.item<double>();
    result.forward_s = laps.lap();
    if (!std::isfinite(result.loss)) {
        return result;
    }
    loss.backward();
    if (observer != nullptr) {
        observer->backward_done();
    }
    if (link != nullptr) {
        const std::vector<at::Tensor> gradients = gradients_of(net);
        for (const at::Tensor& gradient : gradients) {
            if (!link->counts()) {
                gradient.zero_();
            }
        }
        link->sum(gradients);
    }
    result.backward_s = laps.lap();
    optimizer.step();
    optimizer.clear_gradients();
    if (observer != nullptr) {
        observer->step_done();
    }
    const at::Tensor correct = logits.detach().argmax(1).eq(targets).sum();
    if (reads_late) {
        result.late_loss = whole_loss;
        result.late_correct = {correct};
    } else {
        result.correct = correct.item<std::int64_t>();
    }
    result.optimizer_s = laps.lap();
    return result;
}

void read_late(std::vector<StepResult>& steps)
{
    for (StepResult& step : steps) {
        step.loss = step.late_loss.item<double>();
        for (const at::Tensor& correct : step.late_correct) {
            step.correct += correct.item<std::int64_t>();
        }
        step.late_loss = at::Tensor();
        step.late_correct.clear();
    }
}

void observe_forward(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision, bool is_training,
                     StepObserver& observer)
{
    const Evaluating evaluating(net, is_training);
    logits_of(net, batch, precision, &observer);
}

Evaluation evaluate(InstrumentNet& net, const at::Tensor& batch, const at::Tensor& labels, configs::Precision precision)
{
    const Evaluating evaluating(net);
    const at::Tensor logits = logits_of(net, batch, precision);
    const at::Tensor targets = labels.to(logits.device());
    // Summed in float64, so that the sum over a test set depends as little as possible on how it was divided into
    // batches.
    const at::Tensor losses = at::cross_entropy_loss(logits, targets, {}, at::Reduction::None);
    const at::Tensor classes = logits.argmax(1).to(at::kCPU).contiguous();
    const at::Tensor column = targets.unsqueeze(1);
    const at::Tensor before = logits.gt(logits.gather(1, column)).sum(1).to(at::kCPU).contiguous();
    const at::Tensor shares = std::get<0>(at::softmax(logits, 1).max(1)).to(at::kCPU, at::kFloat).contiguous();
    const at::Tensor truth = labels.to(at::kCPU).contiguous();
    Evaluation evaluation;
    evaluation.loss_sum = losses.to(at::kDouble).sum().item<double>();
    evaluation.predicted.assign(classes.const_data_ptr<std::int64_t>(),
                                classes.const_data_ptr<std::int64_t>() + classes.numel());
    evaluation.probability.assign(shares.const_data_ptr<float>(), shares.const_data_ptr<float>() + shares.numel());
    for (std::int64_t i = 0; i < classes.numel(); ++i) {
        const bool is_right =
            evaluation.predicted[static_cast<std::size_t>(i)] == truth.const_data_ptr<std::int64_t>()[i];
        // Of equal logits one is the predicted class; the others rank after it.
        evaluation.rank.push_back(is_right ? 1
                                           : std::max<std::int64_t>(2, before.const_data_ptr<std::int64_t>()[i] + 1));
    }
    return evaluation;
}

at::Tensor probabilities(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision)
{
    const Evaluating evaluating(net);
    return at::softmax(logits_of(net, batch, precision), 1).to(at::kCPU);
}

}  // namespace attnsweep::model
