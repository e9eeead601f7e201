#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace attnsweep::store {

/// A file or folder beside a store that is no longer needed.
struct Leftover {
    std::string kind;  ///< "checkpoints of done trials", ...
    std::filesystem::path path;
    std::uintmax_t bytes = 0;
};

struct LeftoverRules {
    std::string keep;      ///< none, last, best, weights, all; empty: checkpoint.keep of each trial's newest sweep
    bool orphans = false;  ///< also folders of trials that are in no recorded sweep
    /// Tells whether the process of this attempt is still running; its folder is then left alone.
    std::function<bool(const std::filesystem::path& attempt_folder)> lives;
};

/// Lists what can be removed: checkpoints and weights of done trials beyond `keep`, folders of their other attempts
/// that left no result, temporary files of killed processes. Never a result, a revision, the journal, or what an
/// unfinished trial could resume from: everything that `store rebuild` and the next run need is kept. Throws Error.
std::vector<Leftover> find_leftovers(const Store& store, const LeftoverRules& rules);

}  // namespace attnsweep::store
