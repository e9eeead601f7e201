#pragma once

#include <cstdint>

#include "model/kernels/run_units.h"
#include "model/kernels/tiled_attention_kernel.h"

namespace attnsweep::model {

/// Describes two-dimensional multi-head self attention with relative position encodings, as relative_attention computes it
/// (attention.h): maps of H x W positions; depths are of one head.
struct AttentionShape {
    std::int64_t batch = 1;
    std::int64_t height = 1;
    std::int64_t width = 1;
    std::int64_t heads = 1;
    std::int64_t depth_k = 1;
    std::int64_t depth_v = 1;

    std::int64_t positions() const { return height * width; }
    std::int64_t qkv_channels() const { return heads * (2 * depth_k + depth_v); }
    std::int64_t output_channels() const { return heads * depth_v; }
    /// Returns the number of row maxima, and of row sums.
    std::int64_t rows() const { return batch * heads * positions(); }
};

/// Points to what attention reads; owns nothing.
struct AttentionInputs {
    const float* qkv = nullptr;  ///< (N, H, W, heads (2 depth_k + depth_v)): q, k, v, in each head by head
    MapStrides strides;
    const float* key_rel_h = nullptr;  ///< (2H-1, depth_k), shared by the heads, without gaps
    const float* key_rel_w = nullptr;  ///< (2W-1, depth_k)
};

/// Points to what the forward pass writes and the backward pass reads again; owns nothing.
struct AttentionOutput {
    float* output = nullptr;  ///< (N, H, W, heads depth_v), heads joined in order
    MapStrides strides;
    float* row_max = nullptr;  ///< (N, heads, H W): see HeadOutput
    float* row_sum = nullptr;  ///< (N, heads, H W)
};

/// Points to where the backward pass writes the gradients, over what is there; owns nothing.
struct AttentionGradients {
    float* qkv = nullptr;
    MapStrides strides;
    float* key_rel_h = nullptr;
    float* key_rel_w = nullptr;
};

/// Computes attention a block of queries and keys at a time: never more than a block of the positions x positions weights.
/// Each head of each sample is one unit of `run`, computed by one thread from beginning to end, so the bits depend neither on
/// the number of threads nor on their load, only on the instruction set. Beside the output this needs, per thread, about
/// 2 H W (depth_k + depth_v) floats. Throws Error for a shape without positions, channels or samples, and std::bad_alloc.
void tiled_attention(const AttentionShape& shape, const AttentionInputs& inputs, const AttentionOutput& output,
                     const RunUnits& run);

/// Computes the gradients of tiled_attention's inputs from that of its output, `grad_output` (N, H, W, heads depth_v). The
/// gradients of the encodings are summed over samples and heads in their order, whatever `run` does. Needs, per thread, about
/// 4 H W (depth_k + depth_v) floats, and 2 batch heads (H + W) depth_k. Exceptions: as tiled_attention's.
void tiled_attention_backward(const AttentionShape& shape, const AttentionInputs& inputs, const AttentionOutput& output,
                              const float* grad_output, const MapStrides& grad_output_strides,
                              const AttentionGradients& gradients, const RunUnits& run);

}  // namespace attnsweep::model
