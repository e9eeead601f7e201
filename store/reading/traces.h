#pragma once

#include <map>
#include <optional>
#include <string>

#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// All that says where a trial's numbers come from: of the attempt that counts (done), else of the newest.
struct TrialTrace {
    std::string started_at, ended_at, host, device, folder;  ///< folder relative to the store's .d
    std::optional<configs::ExecutionRecord> execution;       ///< none before an attempt ended
    std::optional<double> duration_s;
    std::optional<std::int64_t> peak_memory_bytes, parameters;
    int attempt = 0, epochs = 0;  ///< 0: no attempt
    std::optional<int> best_epoch;
    bool stopped_early = false;
    std::string split_digest;
};

/// By trial id, of the trials of a revision. Throws Error.
std::map<std::string, TrialTrace> read_traces(const Store& store, std::int64_t revision_id);
/// Nothing before a first attempt. Throws Error.
std::optional<TrialTrace> read_trace(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
