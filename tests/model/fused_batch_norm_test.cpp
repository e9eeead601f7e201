// Batch norm with ReLU as libtorch sees it, beside libtorch's two operators.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <torch/torch.h>

#include "model/fused_batch_norm.h"

namespace attnsweep::model {
namespace {

at::Tensor drawn(at::IntArrayRef shape, std::uint64_t seed)
{
    at::manual_seed(seed);
    return at::randn(shape);
}

struct Layer {
    explicit Layer(std::int64_t channels)
        : tensors{drawn({channels}, 1).requires_grad_(true), drawn({channels}, 2).requires_grad_(true),
                  drawn({channels}, 3), drawn({channels}, 4).abs() + 0.1}
    {
    }
    BatchNormTensors tensors;
    BatchNormSettings settings{.momentum = 0.9, .epsilon = 1e-3};
};

class FusedBatchNorm : public ::testing::TestWithParam<at::MemoryFormat> {};

// 3 x 5 x 7 positions of 1, 6 and 20 channels, in either memory order.
TEST_P(FusedBatchNorm, TrainsAsLibtorchsOperatorsDo)
{
    for (const std::int64_t channels : {1, 6, 20}) {
        const at::Tensor given = drawn({3, channels, 5, 7}, 5), upstream = drawn({3, channels, 5, 7}, 6);
        Layer fused(channels), plain(channels);
        at::Tensor x = given.clone(GetParam()).requires_grad_(true), plain_x = given.clone().requires_grad_(true);
        const at::Tensor y = batch_norm_relu(x, fused.tensors, fused.settings, true);
        const at::Tensor plain_y = at::relu(batch_norm(plain_x, plain.tensors, plain.settings, true));
        y.backward(upstream.clone(GetParam()));
        plain_y.backward(upstream);
        const auto near = [](const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-4, 1e-5); };
        EXPECT_TRUE(near(y, plain_y)) << channels;
        EXPECT_TRUE(near(x.grad(), plain_x.grad())) << channels;
        EXPECT_TRUE(near(fused.tensors.gamma.grad(), plain.tensors.gamma.grad())) << channels;
        EXPECT_TRUE(near(fused.tensors.beta.grad(), plain.tensors.beta.grad())) << channels;
        EXPECT_TRUE(near(fused.tensors.moving_mean, plain.tensors.moving_mean)) << channels;
        EXPECT_TRUE(near(fused.tensors.moving_variance, plain.tensors.moving_variance)) << channels;
        EXPECT_FALSE(near(fused.tensors.moving_variance, Layer(channels).tensors.moving_variance)) << "it moved";
    }
}

// Odd and even sizes, and many equal zeros, of which pooling takes the first.
TEST_P(FusedBatchNorm, WithPoolingTheBitsAreThoseOfOneAfterTheOther)
{
    for (const auto& [height, width] : {std::pair{5, 7}, std::pair{6, 4}}) {
        Layer together(20), apart(20);
        const at::Tensor given = drawn({3, 20, height, width}, 5);
        at::Tensor x = given.clone(GetParam()).requires_grad_(true),
                   other = given.clone(GetParam()).requires_grad_(true);
        const at::Tensor y = batch_norm_relu_pool(x, together.tensors, together.settings, true);
        const at::Tensor expected = max_pool(batch_norm_relu(other, apart.tensors, apart.settings, true));
        ASSERT_EQ(y.sizes(), at::IntArrayRef({3, 20, (height + 1) / 2, (width + 1) / 2}));
        EXPECT_GT(y.eq(0).sum().item<int>(), 0);
        const at::Tensor upstream = drawn(y.sizes(), 6);
        y.backward(upstream);
        expected.backward(upstream);
        EXPECT_TRUE(at::equal(y, expected));
        EXPECT_TRUE(at::equal(x.grad(), other.grad()));
        EXPECT_TRUE(at::equal(together.tensors.gamma.grad(), apart.tensors.gamma.grad()));
        EXPECT_TRUE(at::equal(together.tensors.beta.grad(), apart.tensors.beta.grad()));
        EXPECT_TRUE(at::equal(together.tensors.moving_variance, apart.tensors.moving_variance));
        EXPECT_TRUE(at::equal(batch_norm_relu_pool(given, together.tensors, together.settings, false),
                              max_pool(batch_norm_relu(given, together.tensors, together.settings, false))));
    }
}

TEST_P(FusedBatchNorm, EvaluatesAsLibtorchsOperatorsDoAndMovesNothing)
{
    const at::NoGradGuard no_grad;
    const Layer layer(6);
    const at::Tensor x = drawn({2, 6, 3, 4}, 7).clone(GetParam());
    const at::Tensor before = layer.tensors.moving_mean.clone();
    EXPECT_TRUE(at::allclose(batch_norm_relu(x, layer.tensors, layer.settings, false),
                             at::relu(batch_norm(x, layer.tensors, layer.settings, false)), 1e-5, 1e-6));
    EXPECT_TRUE(at::equal(layer.tensors.moving_mean, before));
}

INSTANTIATE_TEST_SUITE_P(In, FusedBatchNorm,
                         ::testing::Values(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast));

// Float64, and tensors with gaps, which the kernel would read wrongly, go to libtorch's operators.
TEST(FusedBatchNormElse, WhatTheKernelIsNotMadeForIsComputedAllTheSame)
{
    const at::Tensor x = drawn({2, 6, 3, 4}, 7);
    Layer exact(6), gaps(6), plain(6);
    const auto with_gaps = [](at::Tensor& tensor) {
        tensor = at::stack({tensor.detach(), tensor.detach() + 1}, -1).select(-1, 0);
    };
    for (at::Tensor* tensor :
         {&gaps.tensors.gamma, &gaps.tensors.beta, &gaps.tensors.moving_mean, &gaps.tensors.moving_variance}) {
        with_gaps(*tensor);
    }
    for (at::Tensor* tensor :
         {&exact.tensors.gamma, &exact.tensors.beta, &exact.tensors.moving_mean, &exact.tensors.moving_variance}) {
        *tensor = tensor->detach().to(at::kDouble);
    }
    const at::Tensor reference = batch_norm_relu(x, plain.tensors, plain.settings, true);
    EXPECT_TRUE(at::allclose(batch_norm_relu(x, gaps.tensors, gaps.settings, true), reference, 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(gaps.tensors.moving_mean, plain.tensors.moving_mean, 1e-4, 1e-5));
    const at::Tensor in_double = batch_norm_relu(x.to(at::kDouble), exact.tensors, exact.settings, true);
    EXPECT_EQ(in_double.scalar_type(), at::kDouble);
    EXPECT_TRUE(at::allclose(in_double.to(at::kFloat), reference, 1e-4, 1e-5));
}

}  // namespace
}  // namespace attnsweep::model
