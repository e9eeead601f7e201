#pragma once

#include <filesystem>

namespace attnsweep::store {

struct Merged {
    int revisions = 0, trials = 0, attempts = 0, renumbered = 0, same = 0;
};

/// Merges two stores into a new one. Revisions with equal content become one, and so do trials with the same id.
/// Attempts of `second` that `first` also has (same number, start and host) are left out, its others are numbered after
/// those of `first`. Attempt folders are copied without checkpoints. For a trial that is done in both, the result of
/// `first` counts. Throws Error if `out` exists.
Merged merge(const std::filesystem::path& first, const std::filesystem::path& second, const std::filesystem::path& out);

}  // namespace attnsweep::store
