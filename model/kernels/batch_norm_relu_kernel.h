#pragma once

#include <cstddef>

namespace attnsweep::model {

// Some rows of a map (rows, channels) without gaps, on the calling thread, with the widest instructions that the processor has and
// this was compiled for. Each throws std::bad_alloc.

/// Computes each channel's mean, and the sum of its squared differences from that mean. `rows` is at least 1.
void channel_moments(const float* x, std::size_t rows, std::size_t channels, float* mean, float* squares);

/// Computes y = max(0, (x - mean) * scale + shift), channel by channel; NaN stays NaN.
void normalise_relu_rows(const float* x, std::size_t rows, std::size_t channels, const float* mean, const float* scale,
                         const float* shift, float* y);

/// Sums, channel by channel, the gradient g that ReLU lets through (grad where y is not 0 or less), and g (x - mean).
void channel_gradient_sums(const float* grad, const float* y, const float* x, std::size_t rows, std::size_t channels,
                           const float* mean, float* sum, float* sum_by_x);

/// Computes the input's gradient, grad_scale * g + by_x * (x - mean) + offset, channel by channel.
void channel_input_gradient(const float* grad, const float* y, const float* x, std::size_t rows, std::size_t channels,
                            const float* mean, const float* grad_scale, const float* by_x, const float* offset,
                            float* grad_x);

}  // namespace attnsweep::model
