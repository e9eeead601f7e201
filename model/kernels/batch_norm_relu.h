#pragma once

#include <cstdint>
#include <vector>

#include "model/kernels/run_units.h"

namespace attnsweep::model {

/// Describes batch norm followed by ReLU over a map (rows, channels) without gaps: activations (N, H, W, C) are N H W rows. The
/// rows are divided into parts that depend only on the shape, and the parts' sums are added in their order, so the bits depend
/// neither on threads nor on their load, only on the instruction set.
struct BatchNormShape {
    std::int64_t rows = 1;
    std::int64_t channels = 1;
};

/// Holds each channel's mean and variance over the rows, the variance without Bessel's correction.
struct ChannelStatistics {
    std::vector<double> mean, variance;
};

ChannelStatistics channel_statistics(const BatchNormShape& shape, const float* x, const RunUnits& run);

/// Holds what normalising needs of each channel: mean and 1 / sqrt(variance + epsilon).
struct Normalisation {
    Normalisation(const ChannelStatistics& statistics, double epsilon);
    Normalisation(std::vector<float> means, std::vector<float> inverse_deviations);

    std::vector<float> mean, inverse_deviation;
};

/// Computes y = max(0, (x - mean) / deviation * gamma + beta) in one pass; NaN stays NaN.
void normalise_relu(const BatchNormShape& shape, const float* x, const Normalisation& normalisation, const float* gamma,
                    const float* beta, float* y, const RunUnits& run);

/// Computes the gradients of x (rows, channels), gamma and beta (channels), where the statistics were x's own, from that of y.
/// Writes over what is there; `grad_x` may not be `grad_y`.
void normalise_relu_backward(const BatchNormShape& shape, const float* grad_y, const float* y, const float* x,
                             const Normalisation& normalisation, const float* gamma, float* grad_x, float* grad_gamma,
                             float* grad_beta, const RunUnits& run);

}  // namespace attnsweep::model
