#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"
#include "data/batch_loader.h"
#include "model/replicas/replica_team.h"

namespace attnsweep::runner {

/// Holds the metrics and predictions of a network, with its present weights, on a set of clips.
struct SetEvaluation {
    double loss = 0;      ///< mean over the clips; NaN or infinite: that of `bad_batch`, at which the evaluation ended
    double accuracy = 0;  ///< 0..1
    configs::Confusion confusion;
    std::vector<configs::PredictedClip> predictions;  ///< in the loader's order
    std::int64_t bad_batch = 0;
};

/// Evaluates the network of `shape` that a team trains on all clips of the loader. Calls `goes_on` before each batch, and returns
/// nothing once that returns false. Throws as the team does.
std::optional<SetEvaluation> evaluate_set(model::ReplicaTeam& team, const model::InputShape& shape,
                                          const data::BatchLoader& loader, configs::Precision precision,
                                          const std::function<bool()>& goes_on);

/// Views a batch's spectrograms as a tensor (N, frames, bins) and its labels as one of (N): the memory is the batch's, which
/// must outlive them. Throws Error if the spectrograms do not have that shape.
at::Tensor values_of(data::Batch& batch, const model::InputShape& shape);
at::Tensor labels_of(data::Batch& batch);

/// Returns the weights of the classes as a float32 tensor (classes) on the device; undefined if there are none.
at::Tensor tensor_of(const std::vector<double>& class_weights, const c10::Device& device);

}  // namespace attnsweep::runner
