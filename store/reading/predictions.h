#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/test_clips.h"
#include "store/reading/measurements.h"

namespace attnsweep::store {

/// What a done trial predicted for each test clip. `clips[i]` and `said[i]` belong to the same clip, in the order of
/// the split's test clips, which all trials of the split share. Clips with equal `group` come from one recording (or
/// its copies).
struct TestPredictions {
    std::string split_digest;
    std::vector<std::string> classes;
    std::vector<configs::TestClip> clips;
    std::vector<configs::PredictedClip> said;
};

/// Reads the predictions of the attempt whose result counts. Returns nothing if the trial is not done or no predictions
/// were kept (an imported result, or one from a version that did not keep them). Throws Error (damaged) if they do not
/// match the split or cannot be parsed.
std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights);

/// Reads the predictions, but treats damaged ones as not kept and adds the trial's id to `unreadable`, so that one
/// damaged row does not stop a whole report. Throws Error for everything else.
std::optional<TestPredictions> read_predictions(const Store& store, const std::string& trial_id, Weights weights,
                                                std::vector<std::string>& unreadable);

}  // namespace attnsweep::store
