// The kernel of attention beside float64, on every instruction set that this processor has.
#include "model/kernels/tiled_attention.h"

#include <atomic>
#include <cfenv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/error.h"
#include "tests/model/attention_reference.h"
#include "tests/model/on_instruction_set.h"

namespace attnsweep::model {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double tolerance = 1e-5;

class TiledAttention : public OnInstructionSet {};

void expect_exact(const AttentionShape& shape, std::uint32_t seed, double wanted_logit = 0)
{
    const AttentionCase numbers(shape, seed, wanted_logit);
    for (const TensorError& tensor :
         relative_errors(tiled_result(numbers, on_threads(2)), reference_attention(numbers))) {
        EXPECT_LE(tensor.error, tolerance)
            << tensor.name << " of " << shape.batch << " maps, " << shape.height << " x " << shape.width << ", heads "
            << shape.heads << ", depth " << shape.depth_k << " and " << shape.depth_v << ", logits to " << wanted_logit;
    }
}

TEST_P(TiledAttention, MapsOfEachSmallHeightAndWidth)
{
    for (std::int64_t height = 1; height <= 7; ++height) {
        for (std::int64_t width = 1; width <= 7; ++width) {
            expect_exact({2, height, width, 2, 2, 2}, static_cast<std::uint32_t>(10 * height + width));
        }
    }
}

TEST_P(TiledAttention, EachDepth)
{
    for (const std::int64_t depth : {1, 2, 3, 5, 8, 16, 33, 64}) {
        expect_exact({1, 3, 19, 2, depth, depth}, static_cast<std::uint32_t>(depth));
    }
    expect_exact({1, 4, 9, 2, 3, 6}, 20);
    expect_exact({1, 4, 9, 2, 7, 1}, 21);
}

TEST_P(TiledAttention, EachNumberOfHeads)
{
    for (std::int64_t heads = 1; heads <= 8; ++heads) {
        expect_exact({2, 3, 5, heads, 2, 2}, static_cast<std::uint32_t>(heads));
    }
}

TEST_P(TiledAttention, LogitsOfEighty)
{
    for (const std::int64_t depth : {1, 2, 8, 64}) {
        expect_exact({1, 5, 17, 1, depth, depth}, static_cast<std::uint32_t>(depth), 80);
    }
}

TEST_P(TiledAttention, LogitsBeyondWhatExponentialsReach)
{
    expect_exact({1, 5, 17, 1, 2, 2}, 3, 400);
}

// Tiles of several rows of the map, of one, and of parts of one; in the last case with a part that is shorter.
TEST_P(TiledAttention, MapsOfManyTiles)
{
    expect_exact({1, 11, 32, 1, 8, 8}, 1);
    expect_exact({1, 3, 129, 1, 8, 8}, 2);
    expect_exact({1, 2, 193, 1, 64, 64}, 3);
    expect_exact({1, 70, 3, 1, 2, 2}, 4);
}

TEST_P(TiledAttention, AnotherOrderOfTheNumbersInMemory)
{
    const AttentionShape shape{2, 3, 5, 2, 4, 3};
    const AttentionCase numbers(shape, 5);
    const AttentionTensors plain = tiled_result(numbers, on_threads(1));
    // (N, C, H, W), as a convolution may leave it.
    const auto planes = [&](std::int64_t channels) {
        return MapStrides{channels * shape.positions(), shape.width, 1, shape.positions()};
    };
    const auto reordered = [&](const std::vector<float>& map, std::int64_t channels) {
        std::vector<float> to(map.size());
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(map.size()); ++i) {
            const std::int64_t channel = i % channels, place = i / channels % shape.positions(),
                               sample = i / channels / shape.positions();
            to[static_cast<std::size_t>((sample * channels + channel) * shape.positions() + place)] =
                map[static_cast<std::size_t>(i)];
        }
        return to;
    };
    const std::vector<float> qkv = reordered(numbers.qkv, shape.qkv_channels());
    const std::vector<float> upstream = reordered(numbers.grad_output, shape.output_channels());
    std::vector<float> output(upstream.size()), grad_qkv(qkv.size()), rel_h(numbers.key_rel_h.size()),
        rel_w(numbers.key_rel_w.size()), row_max(static_cast<std::size_t>(shape.rows())), row_sum(row_max);
    const AttentionInputs inputs{qkv.data(), planes(shape.qkv_channels()), numbers.key_rel_h.data(),
                                 numbers.key_rel_w.data()};
    const AttentionOutput written{output.data(), planes(shape.output_channels()), row_max.data(), row_sum.data()};
    tiled_attention(shape, inputs, written, on_threads(1));
    tiled_attention_backward(shape, inputs, written, upstream.data(), planes(shape.output_channels()),
                             {grad_qkv.data(), planes(shape.qkv_channels()), rel_h.data(), rel_w.data()},
                             on_threads(1));

    const auto floats = [](const std::vector<double>& values) {
        return std::vector<float>(values.begin(), values.end());
    };
    EXPECT_EQ(output, reordered(floats(plain.output), shape.output_channels()));
    AttentionTensors split;
    std::vector<double> back(grad_qkv.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
        const auto channels = static_cast<std::size_t>(shape.qkv_channels()),
                   positions = static_cast<std::size_t>(shape.positions());
        back[i] = grad_qkv[(i / channels / positions * channels + i % channels) * positions + i / channels % positions];
    }
    split_qkv(shape, back, split);
    EXPECT_EQ(split.q, plain.q);
    EXPECT_EQ(split.k, plain.k);
    EXPECT_EQ(split.v, plain.v);
    EXPECT_EQ(rel_h, floats(plain.key_rel_h));
    EXPECT_EQ(rel_w, floats(plain.key_rel_w));
}

void expect_same_bits(const AttentionTensors& left, const AttentionTensors& right)
{
    for (const TensorError& tensor : relative_errors(left, right)) {
        EXPECT_EQ(tensor.error, 0) << tensor.name;
    }
}

TEST_P(TiledAttention, SameBitsAgainAndOnBusyProcessorsAndForAnyThreads)
{
    const AttentionCase numbers({3, 5, 21, 3, 4, 4}, 6);
    const AttentionTensors alone = tiled_result(numbers, on_threads(2));
    expect_same_bits(tiled_result(numbers, on_threads(2)), alone);
    std::atomic<bool> is_over{false};
    std::vector<std::jthread> busy;
    busy.reserve(4);
    for (int i = 0; i < 4; ++i) {
        busy.emplace_back([&] {
            while (!is_over) {
            }
        });
    }
    for (int i = 0; i < 10; ++i) {
        expect_same_bits(tiled_result(numbers, on_threads(2)), alone);
    }
    is_over = true;
    busy.clear();
    for (const int threads : {1, 3, 100}) {
        expect_same_bits(tiled_result(numbers, on_threads(threads)), alone);
    }
}

// So that a loss that is not a number is seen as one.
TEST_P(TiledAttention, NotANumberStaysNotANumber)
{
    const AttentionShape shape{1, 3, 5, 1, 2, 2};
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        for (std::size_t channel = 0; channel < 6; ++channel) {
            AttentionCase numbers(shape, 7);
            numbers.qkv[std::size_t{6} * 4 + channel] = bad;
            const AttentionTensors result = tiled_result(numbers, on_threads(1));
            bool is_seen = false;
            for (const double value : result.output) {
                is_seen |= !std::isfinite(value);
            }
            EXPECT_TRUE(is_seen) << bad << " in channel " << channel;
        }
    }
}

TEST_P(TiledAttention, PowersOfTwoAreAsExactAsTheySay)
{
    std::vector<float> exponents;
    for (int i = -64 * 4096; i <= 0; ++i) {
        exponents.push_back(static_cast<float>(i) / 4096 * 0.99999F);
    }
    std::vector<float> powers = exponents;
    powers_of_two(powers.data(), static_cast<std::int64_t>(powers.size()));
    double largest = 0;
    for (std::size_t i = 0; i < powers.size(); ++i) {
        largest = std::max(largest, std::abs(powers[i] / std::exp2(static_cast<double>(exponents[i])) - 1));
    }
    EXPECT_LT(largest, 2.5e-7);
    EXPECT_GT(largest, 1e-8) << "nothing was compared";

    std::vector<float> ends = {-1000, -std::numeric_limits<float>::infinity(), NAN, 127, 0.5F, -64, -64.0001F};
    powers_of_two(ends.data(), static_cast<std::int64_t>(ends.size()));
    EXPECT_EQ(ends[0], 0);
    EXPECT_EQ(ends[1], 0);
    EXPECT_TRUE(std::isnan(ends[2]));
    EXPECT_FLOAT_EQ(ends[3], 1.70141183e38F);
    EXPECT_FLOAT_EQ(ends[4], 1.41421356F);
    EXPECT_FLOAT_EQ(ends[5], 5.42101086e-20F);
    EXPECT_EQ(ends[6], 0);
}

// Keys that only pad a row, and those whose weight is nothing beside the largest, must not make a processor work with subnormal numbers.
TEST_P(TiledAttention, NoProductIsSubnormal)
{
    const AttentionShape shape{1, 6, 17, 1, 8, 8};
    for (const double logit : {0.0, 80.0}) {
        const AttentionCase numbers(shape, 9, logit);
        std::feclearexcept(FE_UNDERFLOW);
        tiled_result(numbers, [](std::int64_t units, const auto& unit) {
            for (std::int64_t index = 0; index < units; ++index) {
                unit(index);  // here, as the processor's flags are its thread's
            }
        });
        EXPECT_FALSE(std::fetestexcept(FE_UNDERFLOW)) << "with logits to " << logit;
    }
}

INSTANTIATE_TEST_SUITE_P(On, TiledAttention, ::testing::ValuesIn(vector_instruction_sets()),
                         [](const auto& each) { return each.param; });

TEST(TiledAttentionReference, ItsGradientsAreFiniteDifferences)
{
    AttentionCase numbers({1, 2, 3, 2, 2, 3}, 8);
    const AttentionTensors gradients = reference_attention(numbers);
    const auto value = [&] {
        const AttentionTensors tensors = reference_attention(numbers);
        double sum = 0;
        for (std::size_t i = 0; i < tensors.output.size(); ++i) {
            sum += tensors.output[i] * numbers.grad_output[i];
        }
        return sum;
    };
    const auto differences = [&](std::vector<float>& inputs) {
        std::vector<double> slopes;
        for (float& input : inputs) {
            const float before = input;
            input = before + 0x1p-7F;
            const double above = value(), high = input;
            input = before - 0x1p-7F;
            const double below = value(), low = input;
            input = before;
            slopes.push_back((above - below) / (high - low));
        }
        return slopes;
    };
    AttentionTensors by_differences;
    by_differences.output = gradients.output;
    split_qkv(numbers.shape, differences(numbers.qkv), by_differences);
    by_differences.key_rel_h = differences(numbers.key_rel_h);
    by_differences.key_rel_w = differences(numbers.key_rel_w);
    for (const TensorError& tensor : relative_errors(by_differences, gradients)) {
        EXPECT_LT(tensor.error, 1e-4) << tensor.name;
    }
}

TEST(TiledAttentionThreads, AFailureOfOneUnitIsReportedWhenAllHaveEnded)
{
    std::atomic<int> done{0};
    const auto fails_once = [&](std::int64_t unit) {
        if (unit == 3) {
            throw std::bad_alloc();
        }
        ++done;
    };
    EXPECT_THROW(on_threads(2)(8, fails_once), std::bad_alloc);
    EXPECT_EQ(done, 5);  // all of the first thread, one of the second
    EXPECT_NO_THROW(on_threads(2)(0, fails_once));
}

TEST(TiledAttentionThreads, RefusedValuesAreNamed)
{
    EXPECT_THAT([] { on_threads(0); }, ThrowsMessage<Error>(HasSubstr("on 0 threads: at least 1 is needed")));
    EXPECT_THAT([] { tiled_attention({1, 3, 0, 2, 8, 8}, {}, {}, on_threads(1)); },
                ThrowsMessage<Error>(HasSubstr("3 x 0 positions with 2 heads of depth 8 (keys) and 8 (values): each")));
    EXPECT_THAT([] { tiled_attention_backward({1, 3, 4, 2, 0, 8}, {}, {}, nullptr, {}, {}, on_threads(1)); },
                ThrowsMessage<Error>(HasSubstr("2 heads of depth 0 (keys)")));
    EXPECT_THAT([] { use_vector_instructions("AVX7"); },
                ThrowsMessage<Error>(HasSubstr("\"AVX7\" is not one of this processor's")));
}

}  // namespace
}  // namespace attnsweep::model
