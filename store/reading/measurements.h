#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// Which weights a test number belongs to: the last epoch's (Keras' default) or the best epoch's.
enum class Weights { last, best };
std::string to_string(Weights weights);
/// Parses "last" or "best". Throws Error (bad_query) naming both.
Weights weights_from(const std::string& name);

/// The clips of a split, stored once by its digest.
struct SplitCounts {
    std::string digest;
    std::vector<std::string> classes;
    std::vector<std::int64_t> train_clips_per_class, test_clips_per_class;  ///< train includes validation
    std::int64_t train_clips = 0, validation_clips = 0, test_clips = 0;     ///< train without validation
};

/// Reads the split of this digest; nothing when no trial recorded it. Throws Error.
std::optional<SplitCounts> read_split(const Store& store, const std::string& digest);

/// Reads a trial's epochs in their order: of the attempt whose result counts, else of the newest attempt. Throws Error.
std::vector<configs::EpochRecord> read_epochs(const Store& store, const std::string& trial_id);

/// Reads the confusion matrix of a done trial on its test set; empty when there is none. Throws Error.
configs::Confusion read_confusion(const Store& store, const std::string& trial_id, Weights weights);
/// Reads the confusion matrix by TrialEntry::done_attempt_id, which is faster than by the trial's id. Throws Error.
configs::Confusion read_confusion(const Store& store, std::int64_t attempt_id, Weights weights);

}  // namespace attnsweep::store
