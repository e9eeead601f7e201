#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "configs/sweep.h"
#include "store/store_folder.h"

namespace attnsweep::runner {

/// The store that a run writes: `store` itself, or with a part the part's file in the folder `store`, which is made. Throws
/// Error (exit_usage) when a part is asked for and `store` is no folder, when it is a folder and no part is asked for, and
/// when parts of another number of parts lie there already.
std::filesystem::path store_to_write(const std::string& store, const std::optional<store::Part>& part);

/// The sweep with the trials of one part alone, in the sweep's order. The parts are disjoint, together the sweep, and expected to
/// take about as long as each other. The shares follow from the sweep and its data set alone: not from what is done, how
/// long it took, the device or the threads.
configs::Sweep share_of(const configs::Sweep& sweep, const store::Part& part);

/// Takes out of a share what is done in the folder's other parts, for a trial may have changed parts when the sweep was edited.
/// Returns how many. A part that cannot be read has nothing done.
int drop_done_elsewhere(configs::Sweep& share, const std::filesystem::path& own_store);

}  // namespace attnsweep::runner
