#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/test_clips.h"
#include "store/reading/measurements.h"

namespace attnsweep::store {

/// What a done trial said of each test clip: `clips[i]` and `said[i]` are one clip, in the order of the split's test clips,
/// which trials of one split share. Equal `clips[i].group`: one recording (and its copies).
struct TestPredictions {
    std::string split_digest;
    std::vector<std::string> classes;
    std::vector<configs::TestClip> clips;
    std::vector<configs::PredictedClip> said;
};

/// By the attempt that counts. Nothing when the trial is not done or its predictions were not kept (a result of before they
/// were, an imported one). Throws Error (damaged) when they do not fit the split or are no predictions.
std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights);

/// The same where one damaged row must not take all the rest with it: it counts as not kept, and its trial is added to
/// `unreadable`.
std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights,
                                                std::vector<std::string>& unreadable);

}  // namespace attnsweep::store
