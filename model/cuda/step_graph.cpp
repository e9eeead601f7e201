#include "model/cuda/step_graph.h"

#include <memory>
#include <utility>

#include "model/cuda/captured_work.h"

namespace attnsweep::model::cuda {

Recorder graph_recorder(const AttnsweepCudaFunctions& plugin, int device)
{
    return [&plugin, device](const std::function<void()>& work, std::string& why) -> std::function<void()> {
        const std::shared_ptr<CapturedWork> captured = CapturedWork::capture(plugin, device, work, why);
        return captured ? [captured] { captured->replay(); } : std::function<void()>();
    };
}

std::string why_steps_vary(const configs::TrainingSettings& training)
{
    if (training.optimizer != "adagrad" && training.optimizer != "sgd") {
        return "training.optimizer = \"" + training.optimizer + "\" counts its steps";
    }
    if (training.schedule != configs::Schedule::constant || training.warmup_epochs > 0) {
        return "the learning rate changes (training.schedule, training.warmup_epochs)";
    }
    return "";
}

StepGraph::StepGraph(InstrumentNet& net, Optimizer& optimizer, configs::Precision precision, at::Tensor class_weights,
                     std::int64_t batch_size, Recorder recorder, Log log)
    : net_(net), optimizer_(optimizer), precision_(precision), class_weights_(std::move(class_weights)),
      batch_size_(batch_size), recorder_(std::move(recorder)), log_(std::move(log))
{
}

StepResult StepGraph::train(const at::Tensor& batch, const at::Tensor& labels)
{
    constexpr int warm_up_steps = 3;  // libraries are loaded, and choose their kernels
    const bool is_whole = labels.size(0) == batch_size_;
    if (is_whole && recorder_ && !repeat_ && taken_ >= warm_up_steps) {
        const c10::Device device = net_.named_tensors().front().tensor.device();
        batch_ = batch.to(device, batch.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
        labels_ = labels.to(device, labels.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
        record();
    }
    if (!is_whole || !repeat_) {
        ++taken_;
        return train_batch(net_, optimizer_, batch, labels, precision_, class_weights_, nullptr, nullptr, true);
    }
    batch_.copy_(batch);
    labels_.copy_(labels);
    repeat_();
    StepResult result;
    result.late_loss = loss_.clone();  // the next step writes there
    result.late_correct = {correct_.clone()};
    return result;
}

void StepGraph::record()
{
    std::string why;
    repeat_ = recorder_(
        [this] {
            const StepResult step =
                train_batch(net_, optimizer_, batch_, labels_, precision_, class_weights_, nullptr, nullptr, true);
            loss_ = step.late_loss;
            correct_ = step.late_correct.front();
        },
        why);
    if (!repeat_) {
        recorder_ = nullptr;
    }
    log_(repeat_ ? "a training step is recorded as a CUDA graph" : "no CUDA graph, steps go on as ever: " + why);
}

}  // namespace attnsweep::model::cuda
