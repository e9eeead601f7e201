// Batch norm with ReLU: the kernel on each instruction set beside the definition in float64.
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/kernels/batch_norm_relu.h"
#include "tests/model/on_instruction_set.h"

namespace attnsweep::model {
namespace {

constexpr double epsilon = 1e-3;

struct Numbers {
    Numbers(const BatchNormShape& its_shape, float mean) : shape(its_shape)
    {
        std::mt19937 random(static_cast<std::uint32_t>(shape.rows * 100 + shape.channels));
        std::normal_distribution<float> normal;
        const auto draw = [&](std::vector<float>& numbers, std::int64_t count, float offset) {
            for (std::int64_t i = 0; i < count; ++i) {
                numbers.push_back(offset + normal(random));
            }
        };
        draw(x, shape.rows * shape.channels, mean);
        draw(grad_y, shape.rows * shape.channels, 0);
        draw(gamma, shape.channels, 1);
        draw(beta, shape.channels, 0);
    }
    std::int64_t size() const { return shape.rows * shape.channels; }

    BatchNormShape shape;
    std::vector<float> x, grad_y, gamma, beta;
};

struct Results {
    std::vector<double> mean, variance, y, grad_x, grad_gamma, grad_beta;
};

Results by_definition(const Numbers& numbers)
{
    const std::int64_t rows = numbers.shape.rows, channels = numbers.shape.channels;
    const auto count = static_cast<double>(rows);
    Results results;
    results.y.resize(static_cast<std::size_t>(numbers.size()));
    results.grad_x = results.y;
    for (std::int64_t c = 0; c < channels; ++c) {
        const auto place = [&](std::int64_t row) { return static_cast<std::size_t>(row * channels + c); };
        const double gamma = numbers.gamma[static_cast<std::size_t>(c)];
        double mean = 0, variance = 0;
        for (std::int64_t row = 0; row < rows; ++row) {
            mean += numbers.x[place(row)] / count;
        }
        for (std::int64_t row = 0; row < rows; ++row) {
            variance += (numbers.x[place(row)] - mean) * (numbers.x[place(row)] - mean) / count;
        }
        const double inverse = 1 / std::sqrt(variance + epsilon);
        double sum = 0, sum_by_normalised = 0;
        for (std::int64_t row = 0; row < rows; ++row) {
            const double normalised = (numbers.x[place(row)] - mean) * inverse;
            const double y = normalised * gamma + numbers.beta[static_cast<std::size_t>(c)];
            results.y[place(row)] = std::max(y, 0.0);
            sum += y > 0 ? numbers.grad_y[place(row)] : 0;
            sum_by_normalised += y > 0 ? numbers.grad_y[place(row)] * normalised : 0;
        }
        for (std::int64_t row = 0; row < rows; ++row) {
            const double g = results.y[place(row)] > 0 ? numbers.grad_y[place(row)] : 0;
            const double normalised = (numbers.x[place(row)] - mean) * inverse;
            results.grad_x[place(row)] = gamma * inverse * (g - sum / count - normalised * sum_by_normalised / count);
        }
        results.mean.push_back(mean);
        results.variance.push_back(variance);
        results.grad_beta.push_back(sum);
        results.grad_gamma.push_back(sum_by_normalised);
    }
    return results;
}

std::vector<double> doubles(const std::vector<float>& numbers)
{
    return {numbers.begin(), numbers.end()};
}

Results by_kernel(const Numbers& numbers, const RunUnits& run)
{
    const ChannelStatistics statistics = channel_statistics(numbers.shape, numbers.x.data(), run);
    const Normalisation normalisation(statistics, epsilon);
    const float nan = std::numeric_limits<float>::quiet_NaN();  // everything is written over
    std::vector<float> y(numbers.x.size(), nan), grad_x = y;
    normalise_relu(numbers.shape, numbers.x.data(), normalisation, numbers.gamma.data(), numbers.beta.data(), y.data(),
                   run);
    const GradientSums sums =
        gradient_sums(numbers.shape, numbers.grad_y.data(), y.data(), numbers.x.data(), normalisation, run);
    normalise_relu_backward(numbers.shape, numbers.grad_y.data(), y.data(), numbers.x.data(), normalisation,
                            numbers.gamma.data(), sums, static_cast<double>(numbers.shape.rows), grad_x.data(), run);
    std::vector<double> grad_gamma = sums.sum_by_x;
    for (std::size_t c = 0; c < grad_gamma.size(); ++c) {
        grad_gamma[c] *= normalisation.inverse_deviation[c];
    }
    return {statistics.mean, statistics.variance, doubles(y), doubles(grad_x), grad_gamma, sums.sum};
}

double largest_error(const std::vector<double>& result, const std::vector<double>& reference)
{
    EXPECT_EQ(result.size(), reference.size());
    double error = 0, largest = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double difference = std::abs(result[i] - reference[i]);
        error = difference <= error ? error : difference;  // a NaN stays
        largest = std::max(largest, std::abs(reference[i]));
    }
    return error / largest;
}

void expect_near(const Results& result, const Results& reference, double tolerance)
{
    EXPECT_LT(largest_error(result.mean, reference.mean), tolerance);
    EXPECT_LT(largest_error(result.variance, reference.variance), tolerance);
    EXPECT_LT(largest_error(result.y, reference.y), tolerance);
    EXPECT_LT(largest_error(result.grad_x, reference.grad_x), tolerance);
    EXPECT_LT(largest_error(result.grad_gamma, reference.grad_gamma), tolerance);
    EXPECT_LT(largest_error(result.grad_beta, reference.grad_beta), tolerance);
}

class BatchNormRelu : public OnInstructionSet {};

// Channels that fill vectors, that do not, that are fewer than a vector holds; rows that leave some over.
TEST_P(BatchNormRelu, IsItsDefinition)
{
    for (const std::int64_t channels : {1, 2, 3, 6, 8, 12, 16, 20, 31, 64, 512}) {
        for (const std::int64_t rows : {2, 7, 16, 333, 5000}) {
            if (rows * channels > 200'000) {
                continue;
            }
            const Numbers numbers({rows, channels}, 0.5F);
            SCOPED_TRACE(std::to_string(rows) + " rows of " + std::to_string(channels) + " channels");
            // Of two rows the gradient is a difference of nearly equal numbers.
            expect_near(by_kernel(numbers, on_threads(1)), by_definition(numbers), rows == 2 ? 1e-4 : 1e-5);
        }
    }
}

TEST_P(BatchNormRelu, AMeanFarFromZeroCostsNoMoreThanItsOwnRounding)
{
    const Numbers numbers({4000, 8}, 1000);
    const Results result = by_kernel(numbers, on_threads(1)), reference = by_definition(numbers);
    EXPECT_LT(largest_error(result.variance, reference.variance), 1e-4);
    EXPECT_LT(largest_error(result.y, reference.y), 1e-4);
}

TEST_P(BatchNormRelu, ThreadsAreNotInTheBits)
{
    const Numbers numbers({6000, 12}, 0);
    const Results one = by_kernel(numbers, on_threads(1)), three = by_kernel(numbers, on_threads(3));
    EXPECT_EQ(one.mean, three.mean);
    EXPECT_EQ(one.variance, three.variance);
    EXPECT_EQ(one.y, three.y);
    EXPECT_EQ(one.grad_x, three.grad_x);
    EXPECT_EQ(one.grad_gamma, three.grad_gamma);
    EXPECT_EQ(one.grad_beta, three.grad_beta);
}

TEST_P(BatchNormRelu, NaNIsNotTakenForZero)
{
    Numbers numbers({40, 6}, 0);
    numbers.x[6 * 7 + 2] = std::numeric_limits<float>::quiet_NaN();
    const Results result = by_kernel(numbers, on_threads(1));
    for (std::size_t i = 0; i < result.y.size(); ++i) {
        EXPECT_EQ(std::isnan(result.y[i]), i % 6 == 2);
        EXPECT_EQ(std::isnan(result.grad_x[i]), i % 6 == 2);
    }
}

INSTANTIATE_TEST_SUITE_P(On, BatchNormRelu, ::testing::ValuesIn(vector_instruction_sets()),
                         [](const auto& instance) { return instance.param; });

TEST(VectorInstructions, GoWithLibtorchs)
{
    const std::vector<std::string> sets = {"AVX3", "AVX2", "EMU128"};
    EXPECT_EQ(vector_instructions_beside("AVX512", sets), "AVX3");
    EXPECT_EQ(vector_instructions_beside("AVX2", sets), "AVX2");
    EXPECT_EQ(vector_instructions_beside("DEFAULT", sets), "EMU128");
    EXPECT_EQ(vector_instructions_beside("AVX512", {"AVX2", "EMU128"}), "AVX2") << "the best there is";
    EXPECT_EQ(vector_instructions_beside("DEFAULT", {"NEON", "EMU128"}), "NEON") << "every such processor has it";
}

}  // namespace
}  // namespace attnsweep::model
