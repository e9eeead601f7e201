#pragma once

#include <cstdint>

namespace attnsweep::model {

/// Holds how many floats lie between neighbours of a map (N, H, W, C), in each direction.
struct MapStrides {
    std::int64_t sample = 0;
    std::int64_t row = 0;     ///< H
    std::int64_t column = 0;  ///< W
    std::int64_t channel = 1;

    /// Returns the strides of a map without gaps.
    static MapStrides contiguous(std::int64_t height, std::int64_t width, std::int64_t channels)
    {
        return {height * width * channels, width * channels, channels, 1};
    }
};

/// Describes the attention of one head in one sample: what it reads. Positions are numbered row by row, p = y W + x.
/// Nothing is owned.
struct HeadInputs {
    std::int64_t height = 1;       ///< H
    std::int64_t width = 1;        ///< W
    std::int64_t depth_k = 1;      ///< channels of q and of k
    std::int64_t depth_v = 1;      ///< channels of v
    const float* q = nullptr;      ///< (H, W, depth_k), not yet scaled
    const float* k = nullptr;      ///< (H, W, depth_k)
    const float* v = nullptr;      ///< (H, W, depth_v)
    MapStrides strides;            ///< of q, k and v
    const float* rel_h = nullptr;  ///< (2H-1, depth_k), without gaps; row m is the offset m - (H-1)
    const float* rel_w = nullptr;  ///< (2W-1, depth_k), without gaps
};

/// Says where the output of one head goes.
struct HeadOutput {
    float* output = nullptr;  ///< (H, W, depth_v)
    MapStrides strides;
    float* row_max = nullptr;  ///< (H W): the largest logit of each query, in units of ln 2
    float* row_sum = nullptr;  ///< (H W): the sum over the keys of exp(logit - largest)
};

/// Holds what the backward pass of one head reads beside its inputs, and where its gradients go.
struct HeadGradients {
    const float* output = nullptr;  ///< of the forward pass
    MapStrides output_strides;
    const float* row_max = nullptr;
    const float* row_sum = nullptr;
    const float* grad_output = nullptr;  ///< (H, W, depth_v)
    MapStrides grad_output_strides;
    float* q = nullptr;  ///< written, not added to, as all that follow
    float* k = nullptr;
    float* v = nullptr;
    MapStrides strides;      ///< of the gradients of q, k and v
    float* rel_h = nullptr;  ///< (2H-1, depth_k): this head's share
    float* rel_w = nullptr;  ///< (2W-1, depth_k)
};

/// Computes softmax(q k^T / sqrt(depth_k) + relative logits) v of one head: a few query rows against a block of keys at a
/// time, with a running maximum and sum, so that memory grows with the positions, not with their square. Runs on the calling
/// thread, with the widest instructions that the processor has and this file was compiled for; the same input gives the
/// same bits on the same instruction set. Throws std::bad_alloc.
void attend(const HeadInputs& inputs, const HeadOutput& output);

/// Computes the gradients of one head, from blocks of weights that are computed again. Threads, bits, exceptions: like attend.
void attend_backward(const HeadInputs& inputs, const HeadGradients& gradients);

/// Computes 2^x in place as attend does: a polynomial of degree 5 on [-1/2, 1/2]. The relative error is below 1.3e-7 before
/// rounding and below 2.5e-7 with it. Below -64 it gives 0; NaN stays NaN; x may be 127 at most.
void powers_of_two(float* values, std::int64_t count);

}  // namespace attnsweep::model
