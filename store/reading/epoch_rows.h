#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "store/reading/sweeps.h"
#include "store/reading/value.h"
#include "store/store.h"

namespace attnsweep::store {

/// Names the values of a row that read_epoch_rows() passes to its sink, in order.
inline constexpr std::array<const char*, 13> epoch_columns{
    "sweep",     "revision", "label",      "configuration",  "repeat",          "trial_id",
    "attempt",   "epoch",    "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
    "duration_s"};

/// Reads every epoch of every trial of `sweep`, named as for find_sweep() (empty: of all sweeps; of these `revisions`): those of the attempt whose result counts, else
/// of the newest attempt, ordered by sweep, trial and epoch. Calls `sink` once per row and reuses the vector. Memory
/// does not grow with the number of epochs. Throws store::Error, and what `sink` throws.
void read_epoch_rows(const Store& store, const std::string& sweep, Revisions revisions,
                     const std::function<void(const std::vector<Value>&)>& sink);

}  // namespace attnsweep::store
