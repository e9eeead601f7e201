#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/inference.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// The same test clips under pairs of trials: by recording, how many clips and the sum of (right in B) - (right in A).
struct ClipPairs {
    std::vector<Cluster> recordings;
    std::string missing;  ///< why there is none; empty otherwise
    int clips() const;
};

/// Of trials (in A, in B) of the same split, by trial ids. A clip is right where its true class is among the `places` likeliest.
/// Predictions that are damaged count as not kept, and `missing` names their trial. Throws Error.
ClipPairs pair_clips(const store::Store& a, const store::Store& b,
                     std::span<const std::pair<std::string, std::string>> trials, store::Weights weights,
                     int places = 1);

}  // namespace attnsweep::reports
