#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/inference.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// Test clips compared under pairs of trials: per recording, the number of clips and the sum of (correct in B) -
/// (correct in A).
struct ClipPairs {
    std::vector<Cluster> recordings;
    std::string missing;  ///< why there are none; empty otherwise
    int clips() const;
};

/// Compares the predictions of pairs of trials (id in A, id in B) of the same split. A clip is correct if its true
/// class is among the `places` most likely. Damaged predictions count as not kept, and `missing` names their trial.
/// Throws Error.
ClipPairs pair_clips(const store::Store& a, const store::Store& b,
                     std::span<const std::pair<std::string, std::string>> trials, store::Weights weights,
                     int places = 1);

}  // namespace attnsweep::reports
