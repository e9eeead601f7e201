#pragma once

#include <cstdint>

#include "configs/sweep.h"
#include "model/layer_plan.h"

namespace attnsweep::model {

/// The cost of a trial, in closed form. Torch-free: `attnsweep plan` and the scheduler use it.
struct Cost {
    std::int64_t parameters = 0;  ///< trainable
    /// Floating-point operations (2 per multiply-add) of forward and backward for one sample: convolutions, dense
    /// layers and attention's products, without element-wise operations.
    double step_flops_per_sample = 0;
    std::int64_t attention_bytes =
        0;  ///< float32 logits of all augmented layers per batch: what chunked attention writes
    int augmented_layers = 0;
    double logits_per_sample = 0;          ///< of all heads of all augmented layers
    double logit_channels_per_sample = 0;  ///< each of them times the depth of its head: the work of tiled attention
    std::int64_t peak_memory_bytes = 0;    ///< estimate for training on the CPU at the batch size, libtorch included
    std::int64_t weights_bytes = 0;        ///< a weights file: parameters and batch-norm statistics, float32
    std::int64_t checkpoint_bytes = 0;     ///< weights file and optimizer state
};

/// Returns a trial's cost, its memory for that way of computing attention; automatic: as on a CPU. Throws Error when it is
/// not valid.
Cost cost_of(const configs::TrialSpec& spec,
             configs::AttentionImplementation attention = configs::AttentionImplementation::automatic);

/// Returns how many numbers the optimizer keeps for each weight: Adagrad's accumulator, SGD's velocity (none without
/// momentum), Adam's two moments.
int optimizer_numbers_per_weight(const configs::TrainingSettings& training);

/// Returns the number of trainable parameters; paper.md gives ten of them.
std::int64_t trainable_parameters(const configs::ModelSettings& settings, const InputShape& shape);

/// Throws Error, naming key, value and expectation, for a trial that cannot be trained. Checks the limits of each key
/// and the rules of configs/network_rules.h, against which a sweep file is checked with line and column.
void validate(const configs::TrialSpec& spec);

}  // namespace attnsweep::model
