// Convolutions as libtorch sees them, beside libtorch's operator.
#include <gtest/gtest.h>

#include <torch/torch.h>

#include "model/convolution.h"

namespace attnsweep::model {
namespace {

struct Convolved {
    at::Tensor x, kernel, bias, y;
};

// `operation` on its own copies of equal numbers, with gradients.
template <class Operation>
Convolved convolved(std::int64_t in, std::int64_t out, std::int64_t size, at::MemoryFormat format, Operation operation)
{
    at::manual_seed(5);
    Convolved all{at::randn({2, in, 7, 9}).contiguous(format).requires_grad_(true),
                  at::randn({out, in, size, size}).contiguous(format).requires_grad_(true),
                  at::randn({out}).requires_grad_(true),
                  {}};
    all.y = operation(all.x, all.kernel, all.bias);
    all.y.backward(at::randn({2, out, 7, 9}));
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

TEST(Convolution, GivesWhatLibtorchsOperatorGives)
{
    for (const at::MemoryFormat format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        for (const auto& [in, out, size] : {std::tuple{16, 24, 5}, std::tuple{40, 16, 5}, std::tuple{1, 32, 5},
                                            std::tuple{32, 6, 5}, std::tuple{16, 16, 3}}) {
            const Convolved ours = convolved(in, out, size, format, convolve),
                            libtorchs = convolved(in, out, size, format, by_libtorch);
            EXPECT_LE(error_of(ours.y, libtorchs.y), 1e-5) << in << " to " << out;
            EXPECT_LE(error_of(ours.x.grad(), libtorchs.x.grad()), 1e-5) << in << " to " << out;
            EXPECT_LE(error_of(ours.kernel.grad(), libtorchs.kernel.grad()), 1e-5) << in << " to " << out;
            EXPECT_LE(error_of(ours.bias.grad(), libtorchs.bias.grad()), 1e-5) << in << " to " << out;
            EXPECT_EQ(ours.kernel.grad().sizes(), ours.kernel.sizes());
        }
    }
}

TEST(Convolution, TakesWinogradWhereItIsFaster)
{
    EXPECT_TRUE(takes_winograd(16, 16, 2, 2, 5));
    EXPECT_FALSE(takes_winograd(8, 16, 11, 32, 5));
    EXPECT_FALSE(takes_winograd(16, 8, 11, 32, 5));
    EXPECT_FALSE(takes_winograd(16, 16, 1, 32, 5));
    EXPECT_FALSE(takes_winograd(16, 16, 11, 32, 3));
    // And convolve() goes by it: the two algorithms round differently.
    const auto differs = [](std::int64_t in) {
        return !at::equal(convolved(in, 16, 5, at::MemoryFormat::ChannelsLast, convolve).y,
                          convolved(in, 16, 5, at::MemoryFormat::ChannelsLast, by_libtorch).y);
    };
    EXPECT_TRUE(differs(16));
    EXPECT_FALSE(differs(8));
}

TEST(Convolution, OtherTypesAndGradientsThatNobodyWantsAreLibtorchs)
{
    const at::Tensor x = at::randn({1, 16, 5, 6}, at::kDouble), kernel = at::randn({16, 16, 5, 5}, at::kDouble),
                     bias = at::randn({16}, at::kDouble);
    EXPECT_TRUE(at::equal(convolve(x, kernel, bias), by_libtorch(x, kernel, bias)));
    const at::NoGradGuard no_grad;
    const at::Tensor y = convolve(x.to(at::kFloat), kernel.to(at::kFloat), bias.to(at::kFloat));
    EXPECT_FALSE(y.requires_grad());
    EXPECT_LE(error_of(y, by_libtorch(x, kernel, bias).to(at::kFloat)), 1e-5);
}

}  // namespace
}  // namespace attnsweep::model
