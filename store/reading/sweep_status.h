#pragma once

#include <functional>
#include <optional>
#include <string>

#include "configs/trial_result.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::store {

/// What `status` shows of a trial's newest attempt.
struct NewestAttempt {
    int number = 1;
    std::string outcome;  ///< done, failed, drained, interrupted; empty: it has not ended
    std::string host, device, started_at;
    int epochs = 0;  ///< recorded so far
    configs::Failure failure;
    std::string folder;           ///< relative to the store's folder; absolute in a folder of stores
    bool is_tried_again = false;  ///< it failed, and the next run retries the trial
};

/// Returns the counts of failures whose kinds are listed with commas, as SQL's group_concat does.
configs::FailureCounts failure_counts(const std::string& kinds);

/// The progress of one trial of a sweep.
struct TrialStatus {
    std::string id, label;
    int max_epochs = 0;
    bool is_done = false;
    std::optional<NewestAttempt> newest;  ///< none before the first attempt
};

/// Reads the progress of each trial of a sweep's revision, in the sweep's order, and calls `taken` once per trial.
/// Memory does not grow with the number of trials. Throws store::Error, and what `taken` throws.
void read_sweep_status(const Store& store, const SweepEntry& sweep,
                       const std::function<void(const TrialStatus&)>& taken);

}  // namespace attnsweep::store
