#pragma once

#include <functional>
#include <optional>
#include <string>

#include "configs/trial_result.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::store {

/// The newest attempt at a trial, as far as a status needs it.
struct NewestAttempt {
    int number = 1;
    std::string outcome;  ///< done, failed, drained, interrupted; empty: it has not ended
    std::string host, device, started_at;
    int epochs = 0;  ///< recorded so far
    configs::Failure failure;
    std::string folder;  ///< relative to a single store's folder; absolute where the store is a folder of stores
};

/// How far one trial of a sweep is.
struct TrialStatus {
    std::string label;
    int max_epochs = 0;
    bool is_done = false;
    std::optional<NewestAttempt> newest;  ///< none before the first attempt
};

/// Reads how far each trial of a sweep's revision is, in the sweep's order; `taken` gets one after the other. Memory does not grow
/// with the number of trials. Throws store::Error, and what `taken` throws.
void read_sweep_status(const Store& store, const SweepEntry& sweep,
                       const std::function<void(const TrialStatus&)>& taken);

}  // namespace attnsweep::store
