#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// What the rows of a store cannot tell of trials that are not done: whether a run trains them now, and whether there is
/// a checkpoint to go on from. Not thread-safe.
class LiveAttempts {
public:
    /// Looks which runs hold the store, or parts of it.
    explicit LiveAttempts(const Store& store);

    /// Looks again; a run that was seen once stays. Returns whether there is another.
    bool look_again();

    // `folder`: attempts.folder, absolute where the store is one of several parts.

    /// Returns whether an attempt that has not ended is trained now: where it is not, its process is gone.
    bool is_running(const std::string& folder) const;
    /// Returns whether an attempt at the trial has left a checkpoint. `folder`: of one of its attempts.
    bool has_checkpoint(const std::string& trial_id, const std::string& folder) const;

private:
    std::vector<std::filesystem::path> parts_;
    std::filesystem::path files_;    ///< of a single store
    std::vector<std::string> held_;  ///< folders of parts that a run holds, with a slash at the end
};

}  // namespace attnsweep::store
