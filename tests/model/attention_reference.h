#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/kernels/tiled_attention.h"

namespace attnsweep::model {

/// Holds the numbers of one attention, contiguous, and the gradient of its output; made from a seed. `largest_logit`: the queries
/// are scaled so that it is met; 0 leaves them as they are, of size 1.
struct AttentionCase {
    AttentionCase(const AttentionShape& shape, std::uint32_t seed, double largest_logit = 0);

    AttentionShape shape;
    std::vector<float> qkv, key_rel_h, key_rel_w, grad_output;

    AttentionInputs inputs() const;
};

/// Holds the tensors that are compared, each by itself.
struct AttentionTensors {
    std::vector<double> output, q, k, v, key_rel_h, key_rel_w;
};

/// Computes output and gradients in float64 by the definition, with all weights of a head at a time. Independent of the
/// kernel: loops over positions, the softmax of whole rows.
AttentionTensors reference_attention(const AttentionCase& numbers);

/// Returns the largest absolute logit, in float64.
double largest_logit(const AttentionCase& numbers);

/// Runs the kernel forward and backward.
AttentionTensors tiled_result(const AttentionCase& numbers, const RunUnits& run);

/// Splits a map like qkv into its parts.
void split_qkv(const AttentionShape& shape, const std::vector<double>& map, AttentionTensors& to);

/// Names a tensor and says its largest error over its largest reference value; over 1 where the reference is zero but for
/// rounding: a map of width 1 gives its key_rel_w no gradient, one of a single position also q and k none.
struct TensorError {
    std::string name;
    double error = 0;
};

std::vector<TensorError> relative_errors(const AttentionTensors& result, const AttentionTensors& reference);

}  // namespace attnsweep::model
