#pragma once

#include <filesystem>

namespace attnsweep::bench {

/// Prints how many clips a second one thread reads of a data set's STFT in random batches of 16, from the page cache:
/// by BatchLoader of a data set just opened, which verifies every clip, and once more, when it has; by H5Dread from a
/// file with fletcher32; by memcpy from a flat file just mapped, and once more. `work` is a folder for the two files.
void print_batch_rates(const std::filesystem::path& shards, const std::filesystem::path& work, int epochs);

}  // namespace attnsweep::bench
