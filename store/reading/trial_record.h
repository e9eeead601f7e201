#pragma once

#include <string>
#include <vector>

#include "store/reading/value.h"
#include "store/store.h"

namespace attnsweep::store {

/// What the store has recorded of one trial, by the names of its columns.
struct TrialRecord {
    std::vector<NamedRow> sweeps;    ///< the revisions that have it, the one recorded last first
    std::vector<NamedRow> attempts;  ///< by number, each as it began and ended
    std::vector<NamedRow>
        metrics;  ///< test metrics of the attempt whose result counts: under the last, then the best weights
};

/// Reads the record of a trial by its whole id; a trial that the store does not know has an empty one. Throws store::Error.
TrialRecord read_trial_record(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
