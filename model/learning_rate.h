#pragma once

#include <cstdint>

#include "configs/trial_spec.h"

namespace attnsweep::model {

/// Returns the learning rate of a batch: a pure function of its position, so that a resumed trial has the rate of an
/// uninterrupted one. `epoch` from 1; `batch` from 0, of the `batches` of an epoch.
///
/// It is training.learning_rate times two factors. Warm-up: (n + 1) / W for the n-th batch of the training, counted from
/// 0, among the first W = warmup_epochs * batches, rounded; 1 after them. Schedule: constant 1; step
/// step_factor^((epoch - 1) / step_epochs), divided without remainder; cosine (1 + cos(pi (n - W) / (N - W))) / 2 after
/// the warm-up, N being the batches of max_epochs.
double learning_rate_at(const configs::TrainingSettings& training, int epoch, std::int64_t batch, std::int64_t batches);

}  // namespace attnsweep::model
