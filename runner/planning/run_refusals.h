#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "data/data_set.h"

namespace attnsweep::runner {

// What a run would be refused for, and would otherwise say only when it is started: `run`, `plan` and `doctor` ask the same. Each throws
// what the run would end with; none writes anything.

/// Opens the data set's spectrograms of these kinds. Throws data::Error when a shard is missing, damaged or cannot be read.
void refuse_unreadable_data(const std::filesystem::path& folder, const std::vector<configs::Spectrogram>& kinds);

/// Throws data::Error when the split of one of the trials for which `runs` returns true leaves nothing to train, validate or test with.
/// Returns which classes have no clip in a part of a split, a sentence for each part. Does nothing where the data set cannot be
/// opened. Looks at each split once, and at a bounded number of them.
std::vector<std::string> refuse_empty_splits(const configs::Sweep& sweep, const std::filesystem::path& data_folder,
                                             const std::function<bool(std::size_t)>& runs);

/// Throws Error with exit_store when there is no such store and it cannot be made: a folder above it is a file, or must not be written.
void refuse_store_that_cannot_be_made(const std::filesystem::path& store);

/// Returns the folder nearest to a path that exists.
std::filesystem::path existing_folder_above(const std::filesystem::path& path);

}  // namespace attnsweep::runner
