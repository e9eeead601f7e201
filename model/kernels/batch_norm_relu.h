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

/// Holds, by channel, the sums over the rows of the gradient that ReLU lets through, and of that times (x - mean).
struct GradientSums {
    std::vector<double> sum, sum_by_x;
};

/// The first pass of backward: the gradient of beta is `sum`, that of gamma `sum_by_x` / deviation.
GradientSums gradient_sums(const BatchNormShape& shape, const float* grad_y, const float* y, const float* x,
                           const Normalisation& normalisation, const RunUnits& run);

/// The second pass: writes the gradient of x (rows, channels), whose statistics over `all_rows` rows were the normalisation's, with
/// the sums over those rows. `grad_x` may be `y`, not `grad_y`.
void normalise_relu_backward(const BatchNormShape& shape, const float* grad_y, const float* y, const float* x,
                             const Normalisation& normalisation, const float* gamma, const GradientSums& sums,
                             double all_rows, float* grad_x, const RunUnits& run);

}  // namespace attnsweep::model
