#pragma once

#include <cstdint>
#include <vector>

#include "configs/trial_spec.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"

namespace attnsweep::model {

struct StepResult {
    double loss = 0;           ///< mean cross-entropy of the batch, weighted by class, before the step; may be NaN
    std::int64_t correct = 0;  ///< samples whose largest logit was the label's
};

/// Performs one training step: forward in training mode, softmax cross-entropy, backward, optimizer step. `batch` (N,
/// frames, bins) float32, `labels` (N) int64; both are moved to the network's device. `class_weights` (classes) float32 on
/// that device: the loss is the mean over the samples weighted by their classes' weights; undefined: all weigh the same.
StepResult train_batch(InstrumentNet& net, Optimizer& optimizer, const at::Tensor& batch, const at::Tensor& labels,
                       configs::Precision precision = configs::Precision::float32,
                       const at::Tensor& class_weights = {});

struct Evaluation {
    double loss_sum = 0;                  ///< cross-entropy summed over the samples
    std::vector<std::int64_t> predicted;  ///< per sample: class of the largest logit
    std::vector<std::int64_t> rank;       ///< per sample: the label's rank by logit; 1 if and only if it is `predicted`
    std::vector<float> probability;       ///< per sample: of `predicted`, by softmax
};

/// Evaluates a batch in inference mode (moving statistics). Restores the network's mode afterwards.
Evaluation evaluate(InstrumentNet& net, const at::Tensor& batch, const at::Tensor& labels,
                    configs::Precision precision = configs::Precision::float32);

/// Returns softmax probabilities (N, classes), float32, on the CPU; in inference mode.
at::Tensor probabilities(InstrumentNet& net, const at::Tensor& batch,
                         configs::Precision precision = configs::Precision::float32);

}  // namespace attnsweep::model
