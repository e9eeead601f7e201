#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"
#include "data/batch_loader.h"

namespace attnsweep::runner {

struct PreparedTrial;

/// Holds the metrics and predictions of a network, with its present weights, on a set of clips.
struct SetEvaluation {
    double loss = 0;      ///< mean over the clips; NaN or infinite: that of `bad_batch`, at which the evaluation ended
    double accuracy = 0;  ///< 0..1
    configs::Confusion confusion;
    std::vector<configs::PredictedClip> predictions;  ///< in the loader's order
    std::int64_t bad_batch = 0;
};

/// Evaluates the network that a prepared trial's team trains on all clips of one of its loaders. Calls `goes_on` before each batch, and
/// returns nothing once that returns false. Throws as the team does.
std::optional<SetEvaluation> evaluate_set(PreparedTrial& trial, const data::BatchLoader& loader,
                                          configs::Precision precision, const std::function<bool()>& goes_on);

}  // namespace attnsweep::runner
