#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// A file or folder beside a store that nothing needs any more.
struct Leftover {
    std::string kind;  ///< "checkpoints of done trials", ...
    std::filesystem::path path;
    std::uintmax_t bytes = 0;
};

struct LeftoverRules {
    std::string keep;  ///< none, last, best, weights, all; empty: as each trial's newest sweep says (checkpoint.keep)
    bool orphans = false;  ///< also folders of trials that no recorded sweep has
    /// Whether the process of this attempt still runs: its folder is left alone.
    std::function<bool(const std::filesystem::path& attempt_folder)> lives;
};

/// What may go: checkpoints and weights of done trials beyond `keep`, folders of their other attempts that left no result,
/// temporary files of processes that were killed. Never a result, a revision, the journal, or what a trial that is not done could
/// go on from: all that `store rebuild` and the next run need stays. Throws Error.
std::vector<Leftover> find_leftovers(const Store& store, const LeftoverRules& rules);

}  // namespace attnsweep::store
