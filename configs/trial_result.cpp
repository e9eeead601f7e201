#include "configs/trial_result.h"

#include <array>
#include <utility>

#include "configs/json_fields.h"
#include "configs/names.h"

namespace attnsweep::configs {

void to_json(nlohmann::json& json, const EpochRecord& record)
{
    json = {{"epoch", record.epoch},
            {"train_loss", json_number(record.train_loss)},
            {"train_accuracy", json_number(record.train_accuracy)},
            {"validation_loss", json_number(record.validation_loss)},
            {"validation_accuracy", json_number(record.validation_accuracy)},
            {"duration_s", json_number(record.duration_s)}};
}

void from_json(const nlohmann::json& json, EpochRecord& record)
{
    const JsonFields fields(json, "epoch record");
    fields.required("epoch", record.epoch);
    fields.required("train_loss", record.train_loss);
    fields.required("train_accuracy", record.train_accuracy);
    fields.required("validation_loss", record.validation_loss);
    fields.required("validation_accuracy", record.validation_accuracy);
    fields.required("duration_s", record.duration_s);
}

void to_json(nlohmann::json& json, const TestEvaluation& evaluation)
{
    json = {{"epoch", evaluation.epoch}, {"loss", json_number(evaluation.loss)}, {"confusion", evaluation.confusion}};
    if (!evaluation.predictions.empty()) {
        json["predictions"] = to_base64(packed(evaluation.predictions));
    }
}

void from_json(const nlohmann::json& json, TestEvaluation& evaluation)
{
    const JsonFields fields(json, "test evaluation");
    fields.required("epoch", evaluation.epoch);
    fields.required("loss", evaluation.loss);
    fields.required("confusion", evaluation.confusion);
    std::string predictions;
    fields.optional("predictions", predictions);
    evaluation.predictions = predicted_clips_from(from_base64(predictions));
}

// Left out where they do not apply: trials without attention, trials on a CPU, steps weight by weight.
constexpr std::array<std::pair<const char*, std::string ExecutionRecord::*>, 6> not_of_all{
    {{"attention_implementation", &ExecutionRecord::attention_implementation},
     {"gpu_uuid", &ExecutionRecord::gpu_uuid},
     {"driver_version", &ExecutionRecord::driver_version},
     {"cudnn_version", &ExecutionRecord::cudnn_version},
     {"nccl_version", &ExecutionRecord::nccl_version},
     {"optimizer_step", &ExecutionRecord::optimizer_step}}};

std::string attention_of(const ExecutionRecord& record)
{
    return record.attention_implementation.empty() ? "chunked" : record.attention_implementation;
}

std::string optimizer_step_of(const ExecutionRecord& record)
{
    return record.optimizer_step.empty() ? "per_tensor" : record.optimizer_step;
}

void to_json(nlohmann::json& json, const ExecutionRecord& execution)
{
    json = {{"host", execution.host},
            {"device", execution.device},
            {"device_name", execution.device_name},
            {"threads", execution.threads},
            {"cpu_features", execution.cpu_features},
            {"attnsweep_version", execution.attnsweep_version},
            {"libtorch_version", execution.libtorch_version},
            {"compiler", execution.compiler},
            {"mixed", execution.mixed}};
    for (const auto& [name, member] : not_of_all) {
        if (!(execution.*member).empty()) {
            json[name] = execution.*member;
        }
    }
    if (execution.replicas > 1) {
        json["replicas"] = execution.replicas;
    }
}

void from_json(const nlohmann::json& json, ExecutionRecord& execution)
{
    const JsonFields fields(json, "execution record");
    fields.optional("host", execution.host);
    fields.optional("device", execution.device);
    fields.optional("device_name", execution.device_name);
    fields.optional("threads", execution.threads);
    fields.optional("cpu_features", execution.cpu_features);
    fields.optional("attnsweep_version", execution.attnsweep_version);
    fields.optional("libtorch_version", execution.libtorch_version);
    fields.optional("compiler", execution.compiler);
    for (const auto& [name, member] : not_of_all) {
        fields.optional(name, execution.*member);
    }
    fields.optional("mixed", execution.mixed);
    fields.optional("replicas", execution.replicas);
}

void to_json(nlohmann::json& json, const TrialResult& result)
{
    json = {{"trial_id", result.trial_id},
            {"label", result.label},
            {"attempt", result.attempt},
            {"outcome", to_string(result.outcome)},
            {"epochs", result.epochs},
            {"started_at", result.started_at},
            {"duration_s", json_number(result.duration_s)},
            {"peak_memory_bytes", result.peak_memory_bytes},
            {"execution", result.execution},
            {"attempt_folder", result.attempt_folder}};
    if (result.outcome == Outcome::failed) {
        json["failure"] = result.failure;
        // The process left no result and its rank reported the failure: the rest has its defaults.
        if (result.classes.empty() && result.split_digest.empty() && result.parameters == 0) {
            return;
        }
    }
    json["classes"] = result.classes;
    json["best_epoch"] = result.best_epoch;
    json["stopped_early"] = result.stopped_early;
    json["last"] = result.last;
    json["best"] = result.best;
    json["parameters"] = result.parameters;
    json["train_clips"] = result.train_clips;
    json["validation_clips"] = result.validation_clips;
    json["test_clips"] = result.test_clips;
    json["train_clips_per_class"] = result.train_clips_per_class;
    json["test_clips_per_class"] = result.test_clips_per_class;
    json["split_digest"] = result.split_digest;
    if (!result.test_set.empty()) {
        json["test_set"] = to_base64(packed(result.test_set));
    }
}

void from_json(const nlohmann::json& json, TrialResult& result)
{
    const JsonFields fields(json, "trial result");
    fields.required("trial_id", result.trial_id);
    fields.required("label", result.label);
    fields.required("attempt", result.attempt);
    std::string outcome;
    fields.required("outcome", outcome);
    const std::optional<Outcome> known = from_name<Outcome>(outcome);
    if (!known) {
        throw Error("trial result: outcome \"" + outcome + "\" is not known; expected done or failed");
    }
    result.outcome = *known;
    if (result.outcome == Outcome::failed) {
        fields.required("failure", result.failure);
    } else {
        fields.required("classes", result.classes);
        fields.required("epochs", result.epochs);
        fields.required("last", result.last);
        fields.required("best", result.best);
    }
    fields.optional("classes", result.classes);
    fields.optional("epochs", result.epochs);
    fields.optional("last", result.last);
    fields.optional("best", result.best);
    fields.optional("best_epoch", result.best_epoch);
    fields.optional("stopped_early", result.stopped_early);
    fields.optional("parameters", result.parameters);
    fields.optional("train_clips", result.train_clips);
    fields.optional("validation_clips", result.validation_clips);
    fields.optional("test_clips", result.test_clips);
    fields.optional("train_clips_per_class", result.train_clips_per_class);
    fields.optional("test_clips_per_class", result.test_clips_per_class);
    fields.optional("split_digest", result.split_digest);
    fields.optional("started_at", result.started_at);
    fields.optional("duration_s", result.duration_s);
    fields.optional("peak_memory_bytes", result.peak_memory_bytes);
    fields.optional("execution", result.execution);
    fields.optional("attempt_folder", result.attempt_folder);
    std::string test_set;
    fields.optional("test_set", test_set);
    result.test_set = test_clips_from(from_base64(test_set));
    for (const TestEvaluation* evaluation : {&result.last, &result.best}) {
        if (!evaluation->predictions.empty() && evaluation->predictions.size() != result.test_set.size()) {
            throw Error("trial result: " + std::to_string(evaluation->predictions.size()) + " predictions for " +
                        std::to_string(result.test_set.size()) + " test clips; the file is damaged");
        }
    }
}

}  // namespace attnsweep::configs
