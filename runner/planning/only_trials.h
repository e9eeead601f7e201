#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "configs/sweep.h"

namespace attnsweep::runner {

/// Says which trials of a sweep are meant, when not all are. Both conditions hold together.
struct OnlyTrials {
    std::vector<std::string>
        patterns;  ///< of labels or configurations, as a shell's (* ? [a-c]), or ids, or SWEEP: and one of these; empty: any
    std::string where = {};         ///< SQL condition over settings (store::trials_where()); empty: any
    std::string option = "--only";  ///< what named the patterns: --only or --again

    bool is_all() const { return patterns.empty() && where.empty(); }
    std::string in_words() const;  ///< as on the command line: "--only 'cqt-r50*'"
};

/// Returns the ids of the trials that are meant. Throws Error (exit_usage) where a pattern or all together match none, naming
/// the nearest, and store::Error (bad_query) for a condition that cannot be used.
std::unordered_set<std::string> ids_of(const OnlyTrials& only, const configs::Sweep& sweep);

/// Reduces the sweep to the trials of these ids (ids_of()), in its order. Returns a notice about it for people; empty where it
/// has no others.
std::string keep_only(configs::Sweep& sweep, const OnlyTrials& only, const std::unordered_set<std::string>& ids);

}  // namespace attnsweep::runner
