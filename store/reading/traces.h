#pragma once

#include <map>
#include <optional>
#include <string>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// The provenance of a trial's numbers: the attempt whose result counts if the trial is done, else the newest attempt.
struct TrialTrace {
    std::string started_at, ended_at, host, device, folder;  ///< folder relative to the store's .d
    std::optional<configs::ExecutionRecord> execution;       ///< none until an attempt has ended
    std::optional<double> duration_s;
    std::optional<std::int64_t> peak_memory_bytes, parameters;
    int attempt = 0, epochs = 0;  ///< 0: no attempt
    std::optional<int> best_epoch;
    bool stopped_early = false;
    std::string split_digest;
};

/// Reads the traces of a revision's trials, by trial id. Throws Error.
std::map<std::string, TrialTrace> read_traces(const Store& store, std::int64_t revision_id);
/// Reads the trace of one trial; nothing before its first attempt. Throws Error.
std::optional<TrialTrace> read_trace(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
