#pragma once

#include <string>
#include <vector>

#include "store/reading/value.h"
#include "store/store.h"

namespace attnsweep::store {

/// All rows that the store has recorded for one trial, by column name.
struct TrialRecord {
    std::vector<NamedRow> sweeps;    ///< the revisions that contain it, the last recorded one first
    std::vector<NamedRow> attempts;  ///< by number
    std::vector<NamedRow> metrics;   ///< test metrics of the attempt whose result counts: last weights, then best
};

/// Reads the record of a trial by its full id; the record is empty if the store does not know the trial. Throws
/// store::Error.
TrialRecord read_trial_record(const Store& store, const std::string& trial_id);

}  // namespace attnsweep::store
