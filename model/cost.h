#pragma once

#include <cstdint>

#include "configs/trial_spec.h"
#include "model/layer_plan.h"

namespace attnsweep::model {

/// What a trial costs, in closed form. Torch-free: `attnsweep plan` and the scheduler use it.
struct Cost {
    std::int64_t parameters = 0;  ///< trainable
    /// Floating-point operations (2 a multiply-add) of forward and backward, one sample; convolutions, dense layers and
    /// attention's products, not the element-wise rest.
    double step_flops_per_sample = 0;
    std::int64_t attention_bytes =
        0;  ///< float32 logits of all augmented layers, a batch: the memory traffic of attention
    std::int64_t peak_memory_bytes =
        0;                           ///< estimate of a training process on the CPU at the batch size, libtorch included
    std::int64_t weights_bytes = 0;  ///< a weights file: parameters and batch-norm statistics, float32
    std::int64_t checkpoint_bytes = 0;  ///< weights file and optimizer state
};

/// Validates first: throws Error.
Cost cost_of(const configs::TrialSpec& spec);

/// paper.md's ten counts.
std::int64_t trainable_parameters(const configs::ModelSettings& settings, const InputShape& shape);

/// Throws Error, naming key, value and expectation, for a trial that cannot be trained. Asserts the limits of each key and
/// the rules of configs/network_rules.h, which a sweep file is checked by with line and column.
void validate(const configs::TrialSpec& spec);

}  // namespace attnsweep::model
