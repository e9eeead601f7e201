#include "runner/trial/trial_progress.h"

#include <tuple>

#include <nlohmann/json.hpp>

#include "configs/error.h"
#include "configs/json_reason.h"
#include "configs/printable.h"
#include "runner/error.h"

namespace attnsweep::runner {

void TrialProgress::add_loss(double loss, std::int64_t batch_correct, std::int64_t batch_clips)
{
    loss_sum += loss * static_cast<double>(batch_clips);
    correct += batch_correct;
    clips += batch_clips;
}

void TrialProgress::add_batch(double loss, std::int64_t batch_correct, std::int64_t batch_clips)
{
    add_loss(loss, batch_correct, batch_clips);
    ++batch;
}

bool TrialProgress::end_epoch(double validation_loss, double validation_accuracy, int max_epochs)
{
    configs::EpochRecord record;
    record.epoch = epoch;
    record.train_loss = running_loss();
    record.train_accuracy = running_accuracy();
    record.validation_loss = validation_loss;
    record.validation_accuracy = validation_accuracy;
    record.duration_s = epoch_duration_s;
    epochs.push_back(record);
    const bool best = stopping.observe(record);
    trained = stopping.should_stop() || epoch >= max_epochs;
    ++epoch;
    batch = 0;
    loss_sum = 0;
    correct = 0;
    clips = 0;
    epoch_duration_s = 0;
    return best;
}

void TrialProgress::describe(configs::TrialResult& result) const
{
    result.epochs = epochs;
    result.best_epoch = stopping.best_epoch();
    result.stopped_early = trained && stopping.should_stop();
    result.started_at = started_at;
    result.execution = execution;
}

void TrialProgress::describe(TrialEvent& event) const
{
    event.epoch = epoch;
    event.batch = batch;
    event.train_loss = running_loss();
    if (event.kind == TrialEvent::Kind::progress && trained && !epochs.empty()) {
        event.epoch = epochs.back().epoch;
        event.batch = event.batches;
        event.train_loss = epochs.back().train_loss;
    }
}

nlohmann::json TrialProgress::state() const
{
    return {{"epoch", epoch},
            {"batch", batch},
            {"trained", trained},
            {"loss_sum", loss_sum},
            {"correct", correct},
            {"clips", clips},
            {"epoch_duration_s", epoch_duration_s},
            {"epochs", epochs},
            {"stopping", stopping.state()},
            {"duration_s", duration_s},
            {"peak_memory_bytes", peak_memory_bytes},
            {"started_at", started_at},
            {"execution", execution}};
}

void TrialProgress::restore(const nlohmann::json& state)
{
    state.at("epoch").get_to(epoch);
    state.at("batch").get_to(batch);
    state.at("trained").get_to(trained);
    state.at("loss_sum").get_to(loss_sum);
    state.at("correct").get_to(correct);
    state.at("clips").get_to(clips);
    state.at("epoch_duration_s").get_to(epoch_duration_s);
    state.at("epochs").get_to(epochs);
    stopping.restore(state.at("stopping"));
    state.at("duration_s").get_to(duration_s);
    state.at("peak_memory_bytes").get_to(peak_memory_bytes);
    state.at("started_at").get_to(started_at);
    execution = state.at("execution").get<configs::ExecutionRecord>();  // what it leaves out must not stay as it is now
}

void TrialProgress::restore(const Checkpoint& checkpoint, const std::string& trial_id)
{
    const auto not_one = [&](const std::string& why) {
        return Error(checkpoint.path.string() + ": not a checkpoint of this version of attnsweep (" + why + ")");
    };
    try {
        const auto of = checkpoint.state.at("trial_id").get<std::string>();
        if (of != trial_id) {
            throw Error(checkpoint.path.string() + ": a checkpoint of trial " + configs::printable(of) + ", not of " +
                        trial_id);
        }
        restore(checkpoint.state.at("progress"));
    } catch (const nlohmann::json::exception& error) {
        throw not_one(configs::json_reason(error.what()));
    } catch (const configs::Error& error) {
        throw not_one(error.what());
    }
}

std::string execution_in_words(const configs::ExecutionRecord& execution)
{
    return execution.device + " (" + execution.device_name + ")" +
           (execution.replicas > 1 ? ", " + std::to_string(execution.replicas) + " replicas" : "") +
           (execution.attention_implementation.empty() ? "" : ", attention " + configs::attention_of(execution)) +
           (execution.optimizer_step.empty() ? "" : ", optimizer step " + execution.optimizer_step);
}

bool settings_differ(const configs::ExecutionRecord& before, const configs::ExecutionRecord& now)
{
    // The processor's name counts: matrix libraries choose block sizes by cache too, not only by instruction set.
    const auto settings = [](const configs::ExecutionRecord& record) {
        return std::tie(record.device, record.device_name, record.attnsweep_version, record.libtorch_version,
                        record.compiler, record.cudnn_version);
    };
    // On a GPU the processor computes nothing of the result. Which of several equal GPUs, and the driver, do not either.
    const auto of_processor = [](const configs::ExecutionRecord& record) {
        return std::tie(record.threads, record.cpu_features);
    };
    return settings(before) != settings(now) || before.replicas != now.replicas ||
           configs::optimizer_step_of(before) != configs::optimizer_step_of(now) ||
           configs::attention_of(before) != configs::attention_of(now) ||
           (!before.device.starts_with("cuda") && of_processor(before) != of_processor(now));
}

}  // namespace attnsweep::runner
