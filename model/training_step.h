#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "configs/trial_spec.h"
#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/replicas/replica_link.h"
#include "model/step_observer.h"

namespace attnsweep::model {

struct StepResult {
    double loss = 0;           ///< mean cross-entropy of the batch, weighted by class, before the step
    std::int64_t correct = 0;  ///< samples whose largest logit was the label's
    /// Of a step whose numbers are read late: they are still on the device, the counts one of each replica; `loss` and `correct` are 0.
    at::Tensor late_loss = {};                  ///< () float32 or float64
    std::vector<at::Tensor> late_correct = {};  ///< each () int64
    /// Seconds of the host: on a GPU backward's is the time to queue it, and the optimizer's includes the wait for both
    /// (with `reads_late`: neither waits).
    double forward_s = 0, backward_s = 0, optimizer_s = 0;
};

/// Performs one training step: forward in training mode, softmax cross-entropy, backward, optimizer step. `batch` (N,
/// frames, bins) float32, `labels` (N) int64; both are moved to the network's device. `class_weights` (classes) float32 on
/// that device: the loss is the mean over the samples weighted by their classes' weights; undefined: all weigh the same. With a
/// loss that is not finite it ends before backward: the weights are still those that gave it.
///
/// With `reads_late` it does not wait for the device: read_late() gives loss and count later, the same bits. A loss that is not finite
/// ends nothing then: the step goes on with it.
///
/// With a link the batch is one replica's share, and all replicas call it at once: losses and gradients are added up over the
/// shares, `loss` is the whole batch's and `correct` the share's. Every replica then has the same weights and state, bit by bit.
StepResult train_batch(InstrumentNet& net, Optimizer& optimizer, const at::Tensor& batch, const at::Tensor& labels,
                       configs::Precision precision = configs::Precision::float32, const at::Tensor& class_weights = {},
                       StepObserver* observer = nullptr, const ReplicaLink* link = nullptr, bool reads_late = false);

/// Waits for steps that are read late and sets their `loss` and `correct`.
void read_late(std::vector<StepResult>& steps);

/// Runs a forward pass, in training or in inference mode and without gradients, for its observer.
void observe_forward(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision, bool is_training,
                     StepObserver& observer);

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
