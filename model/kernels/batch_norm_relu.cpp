#include "model/kernels/batch_norm_relu.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/kernels/batch_norm_relu_kernel.h"

namespace attnsweep::model {

namespace {

// Floats of a part: with its gradients it stays in a first-level cache between the passes over it.
constexpr std::int64_t part_floats = 4096;
// Rows of a part are a multiple of this, which is one of every kernel's period.
constexpr std::int64_t row_multiple = 16;

struct Part {
    std::int64_t first = 0, rows = 0;
};

class Parts {
public:
    explicit Parts(const BatchNormShape& shape)
        : shape_(shape), size_(std::max(part_floats / shape.channels / row_multiple, std::int64_t{1}) * row_multiple)
    {
    }
    std::int64_t count() const { return (shape_.rows + size_ - 1) / size_; }
    Part operator[](std::int64_t index) const { return {index * size_, std::min(size_, shape_.rows - index * size_)}; }

private:
    BatchNormShape shape_;
    std::int64_t size_;
};

std::size_t size(std::int64_t count)
{
    return static_cast<std::size_t>(count);
}

// One number a channel of each part.
class PerPart {
public:
    PerPart(const Parts& parts, std::int64_t channels)
        : channels_(size(channels)), all_(size(parts.count()) * channels_)
    {
    }
    float* of(std::int64_t part) { return all_.data() + size(part) * channels_; }
    float at(std::int64_t part, std::size_t channel) const { return all_[size(part) * channels_ + channel]; }

private:
    std::size_t channels_;
    std::vector<float> all_;
};

}  // namespace

ChannelStatistics channel_statistics(const BatchNormShape& shape, const float* x, const RunUnits& run)
{
    const Parts parts(shape);
    PerPart mean(parts, shape.channels), squares(parts, shape.channels);
    run(parts.count(), [&](std::int64_t index) {
        const Part part = parts[index];
        channel_moments(x + part.first * shape.channels, size(part.rows), size(shape.channels), mean.of(index),
                        squares.of(index));
    });
    ChannelStatistics statistics{std::vector<double>(size(shape.channels)), std::vector<double>(size(shape.channels))};
    for (std::size_t c = 0; c < size(shape.channels); ++c) {
        double rows = 0, total_mean = 0, total_squares = 0;
        for (std::int64_t i = 0; i < parts.count(); ++i) {
            // Chan, Golub, LeVeque 1979: sums of squares about means of their own.
            const auto more = static_cast<double>(parts[i].rows);
            const double difference = mean.at(i, c) - total_mean;
            total_squares += squares.at(i, c) + difference * difference * rows * more / (rows + more);
            total_mean += difference * more / (rows + more);
            rows += more;
        }
        statistics.mean[c] = total_mean;
        statistics.variance[c] = total_squares / rows;
    }
    return statistics;
}

Normalisation::Normalisation(const ChannelStatistics& statistics, double epsilon)
    : mean(statistics.mean.begin(), statistics.mean.end())
{
    for (const double variance : statistics.variance) {
        inverse_deviation.push_back(static_cast<float>(1 / std::sqrt(variance + epsilon)));
    }
}

Normalisation::Normalisation(std::vector<float> means, std::vector<float> inverse_deviations)
    : mean(std::move(means)), inverse_deviation(std::move(inverse_deviations))
{
}

void normalise_relu(const BatchNormShape& shape, const float* x, const Normalisation& normalisation, const float* gamma,
                    const float* beta, float* y, const RunUnits& run)
{
    // Centred first, as TensorFlow does: nothing is lost where a mean is large.
    std::vector<float> scale;
    for (std::size_t c = 0; c < size(shape.channels); ++c) {
        scale.push_back(gamma[c] * normalisation.inverse_deviation[c]);
    }
    const Parts parts(shape);
    run(parts.count(), [&](std::int64_t index) {
        const Part part = parts[index];
        const std::int64_t begin = part.first * shape.channels;
        normalise_relu_rows(x + begin, size(part.rows), size(shape.channels), normalisation.mean.data(), scale.data(),
                            beta, y + begin);
    });
}

GradientSums gradient_sums(const BatchNormShape& shape, const float* grad_y, const float* y, const float* x,
                           const Normalisation& normalisation, const RunUnits& run)
{
    const Parts parts(shape);
    PerPart sums(parts, shape.channels), sums_by_x(parts, shape.channels);
    run(parts.count(), [&](std::int64_t index) {
        const Part part = parts[index];
        const std::int64_t begin = part.first * shape.channels;
        channel_gradient_sums(grad_y + begin, y + begin, x + begin, size(part.rows), size(shape.channels),
                              normalisation.mean.data(), sums.of(index), sums_by_x.of(index));
    });
    GradientSums all{std::vector<double>(size(shape.channels)), std::vector<double>(size(shape.channels))};
    for (std::size_t c = 0; c < size(shape.channels); ++c) {
        for (std::int64_t i = 0; i < parts.count(); ++i) {
            all.sum[c] += sums.at(i, c);
            all.sum_by_x[c] += sums_by_x.at(i, c);
        }
    }
    return all;
}

void normalise_relu_backward(const BatchNormShape& shape, const float* grad_y, const float* y, const float* x,
                             const Normalisation& normalisation, const float* gamma, const GradientSums& sums,
                             double all_rows, float* grad_x, const RunUnits& run)
{
    std::vector<float> scale, by_x, offset;
    for (std::size_t c = 0; c < size(shape.channels); ++c) {
        const double inverse = normalisation.inverse_deviation[c];
        scale.push_back(static_cast<float>(gamma[c] * inverse));
        by_x.push_back(static_cast<float>(-gamma[c] * inverse * inverse * inverse * sums.sum_by_x[c] / all_rows));
        offset.push_back(static_cast<float>(-gamma[c] * inverse * sums.sum[c] / all_rows));
    }
    const Parts parts(shape);
    run(parts.count(), [&](std::int64_t index) {
        const Part part = parts[index];
        const std::int64_t begin = part.first * shape.channels;
        channel_input_gradient(grad_y + begin, y + begin, x + begin, size(part.rows), size(shape.channels),
                               normalisation.mean.data(), scale.data(), by_x.data(), offset.data(), grad_x + begin);
    });
}

}  // namespace attnsweep::model
