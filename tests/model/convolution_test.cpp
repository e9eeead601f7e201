// Convolutions as libtorch sees them, beside libtorch's operator.
#include <gtest/gtest.h>

#include <torch/torch.h>

#include "model/convolution.h"
#include "model/kernels/winograd_kernel.h"
#include "tests/model/on_instruction_set.h"

namespace attnsweep::model {
namespace {

struct Convolved {
    at::Tensor x, kernel, bias, y;
};

struct Case {
    std::int64_t in, out, size = 5, height = 23, width = 25;
};

// `operation` on its own copies of equal numbers, with gradients.
template <class Operation>
Convolved convolved(const Case& shape, at::MemoryFormat format, Operation operation, at::ScalarType type = at::kFloat)
{
    at::manual_seed(5);
    const auto drawn = [&](at::IntArrayRef sizes) { return at::randn(sizes).to(type); };
    Convolved all{drawn({2, shape.in, shape.height, shape.width}).contiguous(format).requires_grad_(true),
                  drawn({shape.out, shape.in, shape.size, shape.size}).contiguous(format).requires_grad_(true),
                  drawn({shape.out}).requires_grad_(true),
                  {}};
    all.y = operation(all.x, all.kernel, all.bias);
    all.y.backward(drawn({2, shape.out, shape.height, shape.width}));
    return all;
}

double error_of(const at::Tensor& result, const at::Tensor& reference)
{
    return (result - reference).abs().max().item<double>() / reference.abs().max().item<double>();
}

at::Tensor by_libtorch(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias)
{
    return at::conv2d(x, kernel, bias, 1, kernel.size(2) / 2);
}

// On every instruction set that this processor has.
class Convolution : public OnInstructionSet {};

TEST_P(Convolution, GivesWhatLibtorchsOperatorGivesInFloat64)
{
    // Each way of each pass, with vectors of 8 and of 16 numbers; the last two are for the weights' gradient of 64 channels and more with 16.
    for (const Case& shape :
         {Case{16, 24}, Case{40, 16}, Case{32, 40}, Case{64, 32, 5, 3, 4}, Case{1, 32}, Case{8, 8}, Case{8, 16},
          Case{32, 6}, Case{16, 16, 3}, Case{64, 64, 5, 91, 91}, Case{66, 70, 5, 91, 91}}) {
        for (const at::MemoryFormat format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
            const Convolved ours = convolved(shape, format, convolve),
                            exact = convolved(shape, format, by_libtorch, at::kDouble);
            EXPECT_LE(error_of(ours.y, exact.y), 1e-5) << shape.in << " to " << shape.out;
            EXPECT_LE(error_of(ours.x.grad(), exact.x.grad()), 1e-5) << shape.in << " to " << shape.out;
            EXPECT_LE(error_of(ours.kernel.grad(), exact.kernel.grad()), 1e-5) << shape.in << " to " << shape.out;
            EXPECT_LE(error_of(ours.bias.grad(), exact.bias.grad()), 1e-5) << shape.in << " to " << shape.out;
            EXPECT_EQ(ours.kernel.grad().sizes(), ours.kernel.sizes());
        }
    }
}

TEST_P(Convolution, TakesWinogradWhereItIsFaster)
{
    const bool has_vectors = winograd_lanes() >= 8, has_wide_vectors = winograd_lanes() > 8;
    EXPECT_EQ(takes_winograd({16, 11, 32, 32, 32}), has_vectors);
    EXPECT_EQ(takes_winograd({1, 11, 32, 32, 32}), has_vectors) << "whatever the samples";
    EXPECT_EQ(takes_winograd({16, 11, 32, 16, 32}), has_vectors && !has_wide_vectors);
    EXPECT_EQ(takes_winograd({16, 11, 32, 32, 16}), has_vectors && !has_wide_vectors);
    EXPECT_FALSE(takes_winograd({16, 11, 32, 16, 16}));
    EXPECT_FALSE(takes_winograd({16, 11, 32, 8, 64}));
    EXPECT_FALSE(takes_winograd({16, 1, 352, 32, 32}));
    EXPECT_FALSE(takes_winograd({99, 7, 9, 32, 32})) << "few positions";
    // And convolve() goes by it: the two algorithms round differently.
    const auto differs = [](const Case& shape) {
        return !at::equal(convolved(shape, at::MemoryFormat::ChannelsLast, convolve).y,
                          convolved(shape, at::MemoryFormat::ChannelsLast, by_libtorch).y);
    };
    EXPECT_EQ(differs({32, 32}), has_vectors);
    EXPECT_FALSE(differs({8, 32}));
    EXPECT_FALSE(differs({32, 32, 5, 7, 9}));
    EXPECT_FALSE(differs({32, 32, 3}));
}

TEST_P(Convolution, OtherTypesAndGradientsThatNobodyWantsAreLibtorchs)
{
    const at::Tensor x = at::randn({2, 32, 23, 25}, at::kDouble), kernel = at::randn({32, 32, 5, 5}, at::kDouble),
                     bias = at::randn({32}, at::kDouble);
    EXPECT_TRUE(at::equal(convolve(x, kernel, bias), by_libtorch(x, kernel, bias)));
    const at::NoGradGuard no_grad;
    const at::Tensor y = convolve(x.to(at::kFloat), kernel.to(at::kFloat), bias.to(at::kFloat));
    EXPECT_FALSE(y.requires_grad());
    EXPECT_LE(error_of(y, by_libtorch(x, kernel, bias).to(at::kFloat)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(On, Convolution, ::testing::ValuesIn(vector_instruction_sets()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace attnsweep::model
