#pragma once

#include <torch/types.h>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "configs/trial_spec.h"

namespace attnsweep::model {

/// Returns how attention is computed on that device in that precision where `wanted` is asked for (configs::attention_choice).
/// Throws Error if it cannot be had there; a network without attention can have anything.
configs::AttentionImplementation attention_choice(configs::AttentionImplementation wanted,
                                                  const configs::TrialSpec& spec, const c10::Device& device);

/// Records the choice for a network: nothing for one without attention.
void record_attention(configs::AttentionImplementation chosen, const configs::ModelSettings& model,
                      configs::ExecutionRecord& record);

/// Computes attention as relative_attention (attention.h) does, in the way that is `wanted`; automatic: tiled for float32 on a
/// CPU, else chunked.
at::Tensor attend(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w, int heads,
                  configs::AttentionImplementation wanted);

}  // namespace attnsweep::model
