// The kernels of convolutions, by Winograd's algorithm and by plain sums, beside plain sums in float64.
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernels/direct_weight_gradient.h"
#include "model/kernels/winograd.h"
#include "tests/model/on_instruction_set.h"

namespace attnsweep::model {
namespace {

// Without the scalar code, which convolutions do not take where there are vectors: it takes ten times as long.
std::vector<std::string> sets_with_vectors()
{
    std::vector<std::string> sets = vector_instruction_sets();
    if (sets.size() > 1) {
        sets.pop_back();
    }
    return sets;
}

class Winograd : public OnInstructionSet {};
class DirectWeightGradient : public OnInstructionSet {};

using Size = std::size_t;

struct Convolved {
    explicit Convolved(const ConvolutionShape& given) : shape(given)
    {
        const auto drawn = [this](std::int64_t count) {
            std::vector<float> numbers(static_cast<Size>(count));
            for (float& number : numbers) {
                number = distribution_(random_);
            }
            return numbers;
        };
        const std::int64_t positions = shape.samples * shape.height * shape.width;
        x = drawn(positions * shape.in);
        weights = drawn(shape.out * 25 * shape.in);
        bias = drawn(shape.out);
        grad_y = drawn(positions * shape.out);
    }
    ConvolutionShape shape;
    std::vector<float> x, weights, bias, grad_y;

private:
    std::mt19937 random_{7};
    std::normal_distribution<float> distribution_;
};

struct Passes {
    std::vector<double> y, grad_x, grad_weights;
};

Passes by_plain_sums(const Convolved& given)
{
    const ConvolutionShape& s = given.shape;
    Passes results{std::vector<double>(given.grad_y.size()), std::vector<double>(given.x.size()),
                   std::vector<double>(given.weights.size())};
    for (std::int64_t n = 0; n < s.samples; ++n) {
        for (std::int64_t h = 0; h < s.height; ++h) {
            for (std::int64_t w = 0; w < s.width; ++w) {
                const auto to = static_cast<Size>(((n * s.height + h) * s.width + w) * s.out);
                for (Size o = 0; o < static_cast<Size>(s.out); ++o) {
                    results.y[to + o] += static_cast<double>(given.bias[o]);
                }
                for (std::int64_t i = 0; i < 25; ++i) {
                    const std::int64_t y = h + i / 5 - 2, x = w + i % 5 - 2;
                    if (y < 0 || y >= s.height || x < 0 || x >= s.width) {
                        continue;
                    }
                    const auto from = static_cast<Size>(((n * s.height + y) * s.width + x) * s.in);
                    for (Size o = 0; o < static_cast<Size>(s.out); ++o) {
                        const double gradient = static_cast<double>(given.grad_y[to + o]);
                        for (Size c = 0; c < static_cast<Size>(s.in); ++c) {
                            const Size weight = (o * 25 + static_cast<Size>(i)) * static_cast<Size>(s.in) + c;
                            results.y[to + o] +=
                                static_cast<double>(given.x[from + c]) * static_cast<double>(given.weights[weight]);
                            results.grad_x[from + c] += gradient * static_cast<double>(given.weights[weight]);
                            results.grad_weights[weight] += gradient * static_cast<double>(given.x[from + c]);
                        }
                    }
                }
            }
        }
    }
    return results;
}

std::vector<double> as_doubles(const std::vector<float>& numbers)
{
    return {numbers.begin(), numbers.end()};
}

Passes by_winograd(const Convolved& given, int threads)
{
    const RunUnits run = on_threads(threads);
    const float nan = std::numeric_limits<float>::quiet_NaN();  // everything is written over
    std::vector<float> y(given.grad_y.size(), nan), grad_x(given.x.size(), nan),
        grad_weights(given.weights.size(), nan);
    winograd_forward(given.shape, given.x.data(), given.weights.data(), given.bias.data(), y.data(), run);
    winograd_input_gradient(given.shape, given.grad_y.data(), given.weights.data(), grad_x.data(), run);
    winograd_weight_gradient(given.shape, given.x.data(), given.grad_y.data(), grad_weights.data(), run);
    return {as_doubles(y), as_doubles(grad_x), as_doubles(grad_weights)};
}

std::vector<double> by_direct_sums(const Convolved& given, int threads)
{
    std::vector<float> grad_weights(given.weights.size(), std::numeric_limits<float>::quiet_NaN());
    direct_weight_gradient(given.shape, given.x.data(), given.grad_y.data(), grad_weights.data(), on_threads(threads));
    return as_doubles(grad_weights);
}

double relative_to_largest(const std::vector<double>& result, const std::vector<double>& reference)
{
    double error = 0, largest = 0;
    for (Size i = 0; i < reference.size(); ++i) {
        const double difference = std::abs(result[i] - reference[i]);
        error = difference <= error ? error : difference;  // a NaN stays
        largest = std::max(largest, std::abs(reference[i]));
    }
    return error / largest;
}

void expect_close(const ConvolutionShape& shape)
{
    const Convolved given(shape);
    const Passes results = by_winograd(given, 2), expected = by_plain_sums(given);
    const std::string words = std::to_string(shape.samples) + " x " + std::to_string(shape.height) + " x " +
                              std::to_string(shape.width) + ", " + std::to_string(shape.in) + " to " +
                              std::to_string(shape.out);
    EXPECT_LE(relative_to_largest(results.y, expected.y), 1e-5) << words;
    EXPECT_LE(relative_to_largest(results.grad_x, expected.grad_x), 1e-5) << words;
    EXPECT_LE(relative_to_largest(results.grad_weights, expected.grad_weights), 1e-5) << words;
}

TEST_P(Winograd, SmallMapsOfAllSizesGiveThePlainSums)
{
    for (std::int64_t height = 1; height <= 7; ++height) {
        for (std::int64_t width = 1; width <= 7; ++width) {
            expect_close({2, height, width, 3, 5});
        }
    }
}

TEST_P(Winograd, AnyNumbersOfChannelsGiveThePlainSums)
{
    for (const std::int64_t in : {1, 2, 7, 8, 9, 16, 33}) {
        for (const std::int64_t out : {1, 6, 8, 11, 16, 24, 50}) {
            expect_close({1, 5, 6, in, out});
        }
    }
}

TEST_P(Winograd, MoreTilesThanAUnitOrAChunkGiveThePlainSums)
{
    expect_close({3, 21, 33, 6, 10});   // 561 tiles, odd sizes
    expect_close({2, 58, 60, 5, 7});    // 1740 tiles: groups with several sums for the weights' gradient
    expect_close({2, 40, 60, 40, 36});  // 1200 tiles
    expect_close({1, 20, 40, 66, 70});  // more channels: several chunks
    expect_close({2, 6, 8, 200, 300});  // sums of some outputs at a time
}

TEST_P(Winograd, BitsDoNotDependOnThreads)
{
    for (const ConvolutionShape& shape : {ConvolutionShape{3, 21, 33, 6, 10}, ConvolutionShape{2, 40, 60, 40, 36},
                                          ConvolutionShape{1, 20, 40, 66, 70}}) {
        const Convolved given(shape);
        const Passes one = by_winograd(given, 1), four = by_winograd(given, 4);
        EXPECT_EQ(one.y, four.y);
        EXPECT_EQ(one.grad_x, four.grad_x);
        EXPECT_EQ(one.grad_weights, four.grad_weights);
    }
}

TEST_P(DirectWeightGradient, IsThePlainSumsWhateverTheSizes)
{
    for (std::int64_t height = 1; height <= 4; ++height) {
        for (const std::int64_t width : {1, 2, 3, 6}) {
            for (const std::int64_t in : {1, 3}) {
                for (const std::int64_t out : {1, 8, 11, 16, 24, 37}) {
                    const Convolved given({2, height, width, in, out});
                    EXPECT_LE(relative_to_largest(by_direct_sums(given, 2), by_plain_sums(given).grad_weights), 1e-6)
                        << height << " x " << width << ", " << in << " to " << out;
                }
            }
        }
    }
}

TEST_P(DirectWeightGradient, OfLargeMapsAndManySamplesHasSmallErrorsAndTheSameBitsOnAnyThreads)
{
    for (const ConvolutionShape& shape : {ConvolutionShape{3, 87, 300, 2, 8}, ConvolutionShape{37, 5, 6, 2, 8}}) {
        const Convolved given(shape);
        const std::vector<double> result = by_direct_sums(given, 1);
        EXPECT_LE(relative_to_largest(result, by_plain_sums(given).grad_weights), 1e-6);
        EXPECT_EQ(result, by_direct_sums(given, 4));
    }
}

TEST_P(Winograd, NaNStaysNaN)
{
    Convolved given({1, 9, 9, 4, 4});
    const std::size_t middle = (std::size_t{9} * 4 + 4) * 4;
    given.x[middle] = std::numeric_limits<float>::quiet_NaN();
    const Passes results = by_winograd(given, 1);
    EXPECT_TRUE(std::isnan(results.y[middle]));
    EXPECT_FALSE(std::isnan(results.y[0])) << "far away";
    EXPECT_TRUE(std::isnan(results.grad_weights[0]));
}

INSTANTIATE_TEST_SUITE_P(On, Winograd, ::testing::ValuesIn(sets_with_vectors()),
                         [](const auto& each) { return each.param; });
INSTANTIATE_TEST_SUITE_P(On, DirectWeightGradient, ::testing::ValuesIn(sets_with_vectors()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace attnsweep::model
