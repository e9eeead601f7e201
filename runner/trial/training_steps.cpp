#include "runner/trial/training_steps.h"

#include <cmath>
#include <string>

#include "model/cuda/cuda_plugin.h"
#include "model/training_step.h"
#include "runner/trial/bad_loss.h"

namespace attnsweep::runner {

namespace {

std::string why_no_graph(const TrialOrder& order, const c10::Device& device)
{
    if (!device.is_cuda()) {
        return "the trial runs on a CPU";
    }
    if (order.replicas > 1) {
        return "the trial has several replicas";
    }
    if (model::cuda::plugin().functions == nullptr) {
        return model::cuda::plugin().why;
    }
    return model::cuda::why_steps_vary(order.trial.spec.training);
}

}  // namespace

TrainingSteps::TrainingSteps(const TrialOrder& order, PreparedTrial& trial, TrialProgress& progress, StepTimes& times,
                             const std::function<void(const std::string&)>& log)
    : order_(order), trial_(trial), progress_(progress), times_(times)
{
    if (!order.step_graph) {
        return;
    }
    if (const std::string why = why_no_graph(order, trial.device); !why.empty()) {
        log("execution.step_graph = true, but steps are not recorded: " + why);
        return;
    }
    graph_.emplace(trial.net, *trial.optimizer, order.trial.spec.training.precision, trial.class_weights,
                   order.trial.spec.training.batch_size,
                   model::cuda::graph_recorder(*model::cuda::plugin().functions, trial.device.index()), log);
}

void TrainingSteps::begin_epoch()
{
    batches_.reset();  // before the order that it follows changes
    data::BatchLoader& train = trial_.data.train();
    train.shuffle(order_.trial.spec.seed.order, static_cast<std::uint64_t>(progress_.epoch));
    batches_.emplace(trial_.supply, train, progress_.batch);
}

bool TrainingSteps::are_left() const
{
    return progress_.batch < trial_.data.train().batches();
}

void TrainingSteps::take_next()
{
    times_.measure(StepTimes::Part::step, [this] {
        const SuppliedBatch supplied =
            times_.measure(StepTimes::Part::data, [this] { return batches_->next().value(); });
        trial_.team->begin_batch(progress_.epoch, progress_.batch, trial_.data.train().batches());
        const model::StepResult step =
            graph_ ? graph_->train(supplied.values, supplied.labels)
                   : trial_.team->train_batch(supplied.values, supplied.labels, order_.trial.spec.training.precision,
                                              order_.late_losses);
        if (!std::isfinite(step.loss)) {
            fail(progress_.batch, step.loss, {});
        }
        times_.add_step(step.forward_s, step.backward_s, step.optimizer_s);
        if (!step.late_loss.defined()) {
            progress_.add_batch(step.loss, step.correct, supplied.batch.size);
            return;
        }
        late_losses_.keep(step, progress_.batch++, supplied.batch.size);
        // An epoch's first, so that progress shows a loss.
        if (!order_.late_losses || late_losses_.are_many() || progress_.clips == 0) {
            read_losses();
        }
    });
}

void TrainingSteps::read_losses()
{
    if (const auto bad = late_losses_.read(*trial_.team, progress_)) {
        fail(bad->batch, bad->loss, progress_.batch - 1);
    }
}

void TrainingSteps::fail(std::int64_t batch, double loss, std::optional<std::int64_t> read_after)
{
    throw_bad_loss({"the training loss in epoch " + std::to_string(progress_.epoch), batch, loss, true, read_after},
                   trial_.data.train(), trial_.data, trial_.net, order_.trial.spec.training.precision);
}

}  // namespace attnsweep::runner
