#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>

#include "store/store.h"

namespace attnsweep::runner {

/// Returns which of the trials that `run --again` names (ids) are still to be run. A request stands in `results.db.d/again.json`
/// until each of its trials has one more done attempt than when it was made: the same command, rerun after an interruption, goes
/// on with it; another one, or the same after its end, makes a new request. For the process that holds the lease, once waiting
/// results are imported. Throws store::Error, files::Error.
std::unordered_set<std::string> left_of_again(const std::filesystem::path& store_folder, const store::Store& store,
                                              const std::unordered_set<std::string>& ids);

}  // namespace attnsweep::runner
