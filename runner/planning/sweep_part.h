#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "configs/sweep.h"
#include "store/store_folder.h"

namespace attnsweep::runner {

/// Returns the store that a run writes: `store` itself, or with a part the part's file in the folder `store`, which is created.
/// Throws Error (exit_usage) when a part is asked for and `store` is not a folder, when it is a folder and no part is asked
/// for, and when it already has parts of a sweep that was divided into another number of parts; store::Error when it is a database of
/// another program.
std::filesystem::path store_to_write(const std::string& store, const std::optional<store::Part>& part);

/// Returns the sweep with the trials of one part alone, in the sweep's order. The parts are disjoint, together the sweep, and
/// expected to take about equally long. They follow from the sweep and its data set alone: not from what is done, how long it
/// took, the device or the threads.
configs::Sweep share_of(const configs::Sweep& sweep, const store::Part& part);

/// Removes from a share what is done in the folder's other parts, since a trial may have changed parts when the sweep was
/// edited. Returns how many trials. A part that cannot be read counts as one with nothing done.
int drop_done_elsewhere(configs::Sweep& share, const std::filesystem::path& own_store);

}  // namespace attnsweep::runner
