#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/failure.h"
#include "configs/metrics.h"
#include "configs/test_clips.h"

namespace attnsweep::configs {

struct EpochRecord {
    int epoch = 0;                              ///< from 1
    double train_loss = 0, train_accuracy = 0;  ///< running means over the epoch's batches; accuracies in 0..1
    double validation_loss = 0, validation_accuracy = 0;
    double duration_s = 0;
};

/// Evaluation of the test set with one set of weights.
struct TestEvaluation {
    int epoch = 0;  ///< after which the weights were taken
    double loss = 0;
    Confusion confusion;
    /// One per clip, in the order of TrialResult::test_set. Empty: not kept, or, for `best`, the weights are those of
    /// `last`.
    std::vector<PredictedClip> predictions = {};
};

/// Execution settings; equal ones give equal trials bit-identical results (docs/architecture.md, promise 4).
struct ExecutionRecord {
    std::string host, device, device_name;
    int threads = 1;
    std::string cpu_features;       ///< what libtorch dispatches on: "AVX2", "AVX512"
    std::string attnsweep_version;  ///< and commit
    std::string libtorch_version, compiler;
    bool mixed = false;                         ///< resumed under other settings than it began with
    std::string attention_implementation = {};  ///< "tiled", "chunked"...; "": none, or not recorded: chunked
    // Of trials on a GPU.
    std::string gpu_uuid = {};                          ///< "GPU-..." or, of a MIG instance, "MIG-..."
    std::string driver_version = {};                    ///< NVIDIA's, "580.65.06"
    std::string cudnn_version = {}, nccl_version = {};  ///< as loaded, "9.19.0"; "" if unknown
    int replicas = 1;                 ///< of the network, which trained it together, each on its device
    std::string optimizer_step = {};  ///< "foreach"; "": per_tensor, or not recorded, which was the same
};

enum class Outcome { done, failed };

/// The result of a trial. Written to `result.json` in the attempt's folder before it is reported to anyone.
struct TrialResult {
    std::string trial_id, label;
    int attempt = 1;
    Outcome outcome = Outcome::done;
    Failure failure;  ///< when failed
    std::vector<std::string> classes;
    std::vector<EpochRecord> epochs;
    int best_epoch = 0;
    bool stopped_early = false;
    TestEvaluation last, best;
    std::int64_t parameters = 0;  ///< trainable
    std::int64_t train_clips = 0, validation_clips = 0, test_clips = 0;
    std::vector<std::int64_t> train_clips_per_class, test_clips_per_class;  ///< train includes validation (Table I)
    std::vector<TestClip> test_set;                                         ///< in the split's order; empty: not kept
    std::string split_digest;                                               ///< SHA-256 of the three lists of clips
    std::string started_at;                                                 ///< UTC, ISO 8601
    double duration_s = 0;                                                  ///< over all attempts
    std::int64_t peak_memory_bytes = 0;
    ExecutionRecord execution;
    std::string attempt_folder;  ///< relative to the store's `.d` folder
};

/// Convert parts of a result to and from JSON, for event lines and the store. NaN and infinities are the strings "nan",
/// "inf", "-inf".
void to_json(nlohmann::json& json, const EpochRecord& record);
void from_json(const nlohmann::json& json, EpochRecord& record);
void to_json(nlohmann::json& json, const TestEvaluation& evaluation);
void from_json(const nlohmann::json& json, TestEvaluation& evaluation);
/// Names how attention was computed; a record of before it was recorded, or without attention, gives "chunked", so that only
/// different ways compare unequal.
std::string attention_of(const ExecutionRecord& record);
/// Names how the optimizer took its steps: "per_tensor" where nothing else is recorded.
std::string optimizer_step_of(const ExecutionRecord& record);
void to_json(nlohmann::json& json, const ExecutionRecord& execution);
void from_json(const nlohmann::json& json, ExecutionRecord& execution);

void to_json(nlohmann::json& json, const TrialResult& result);
void from_json(const nlohmann::json& json, TrialResult& result);  ///< throws Error

}  // namespace attnsweep::configs
