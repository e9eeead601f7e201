#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "model/attention.h"
#include "model/attention_forms.h"
#include "model/cost.h"
#include "model/error.h"
#include "model/instrument_net.h"
#include "model/training_step.h"
#include "model/weights.h"

namespace attnsweep::model {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

configs::ModelSettings narrow(double ratio, int first_filters = 4)
{
    configs::ModelSettings settings;
    settings.attention_ratio = ratio;
    settings.first_filters = first_filters;
    settings.dense_sizes = {24, 16};
    return settings;
}

at::Tensor random(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType type = at::kFloat)
{
    at::manual_seed(seed);
    return at::randn(shape, type);
}

// The definition, position by position (Bello et al. 2019, eq. 3 and 4).
at::Tensor attention_by_definition(const at::Tensor& qkv, const at::Tensor& rel_h, const at::Tensor& rel_w, int heads)
{
    const auto batch = qkv.size(0), height = qkv.size(1), width = qkv.size(2), d = rel_w.size(1), dk = d * heads;
    const auto dv = qkv.size(3) - 2 * dk, e = dv / heads;
    at::Tensor out = at::zeros({batch, height, width, dv}, qkv.options());
    for (std::int64_t n = 0; n < batch; ++n) {
        for (std::int64_t head = 0; head < heads; ++head) {
            for (std::int64_t place = 0; place < height * width; ++place) {
                const auto y = place / width, x = place % width;
                const at::Tensor q = qkv[n][y][x].narrow(0, head * d, d) / std::sqrt(static_cast<double>(d));
                at::Tensor logits = at::empty({height * width}, qkv.options());
                at::Tensor values = at::empty({height * width, e}, qkv.options());
                for (std::int64_t other = 0; other < height * width; ++other) {
                    const auto v = other / width, u = other % width;
                    const at::Tensor key = qkv[n][v][u].narrow(0, dk + head * d, d);
                    logits[other] = q.dot(key + rel_h[v - y + height - 1] + rel_w[u - x + width - 1]);
                    values[other] = qkv[n][v][u].narrow(0, 2 * dk + head * e, e);
                }
                out[n][y][x].narrow(0, head * e, e).copy_(at::softmax(logits, 0).matmul(values));
            }
        }
    }
    return out;
}

// One thread: these maps are too small to share, and a machine's other work must not make the tests slow.
const bool one_thread = (at::set_num_threads(1), true);

TEST(Attention, IsItsDefinition)
{
    const auto qkv = random({2, 3, 4, 2 * 6 + 4}, 1, at::kDouble), rel_h = random({5, 3}, 2, at::kDouble),
               rel_w = random({7, 3}, 3, at::kDouble);
    const auto difference = relative_attention(qkv, rel_h, rel_w, 2) - attention_by_definition(qkv, rel_h, rel_w, 2);
    EXPECT_LT(difference.abs().max().item<double>(), 1e-12);
}

TEST(Attention, MapsOfOneRowOrColumnWork)
{
    for (const auto& [height, width] : {std::pair{1, 4}, std::pair{4, 1}, std::pair{1, 1}}) {
        const auto qkv = random({1, height, width, 6}, 1, at::kDouble),
                   rel_h = random({2 * height - 1, 1}, 2, at::kDouble),
                   rel_w = random({2 * width - 1, 1}, 3, at::kDouble);
        const auto difference =
            relative_attention(qkv, rel_h, rel_w, 2) - attention_by_definition(qkv, rel_h, rel_w, 2);
        EXPECT_LT(difference.abs().max().item<double>(), 1e-12) << height << " x " << width;
    }
}

TEST(Attention, GradientsAreThoseOfFiniteDifferences)
{
    std::vector<at::Tensor> inputs = {random({2, 3, 4, 2 * 4 + 6}, 1, at::kDouble), random({5, 2}, 2, at::kDouble),
                                      random({7, 2}, 3, at::kDouble)};
    const auto upstream = random({2, 3, 4, 6}, 4, at::kDouble);
    const auto value = [&] { return (relative_attention(inputs[0], inputs[1], inputs[2], 2) * upstream).sum(); };
    for (at::Tensor& input : inputs) {
        input.requires_grad_(true);
    }
    value().backward();
    at::NoGradGuard no_grad;
    for (at::Tensor& input : inputs) {
        const at::Tensor flat = input.detach().view(-1);
        for (std::int64_t i = 0; i < flat.numel(); ++i) {
            constexpr double step = 1e-6;
            const double at_i = flat[i].item<double>();
            flat[i].fill_(at_i + step);
            const double above = value().item<double>();
            flat[i].fill_(at_i - step);
            const double below = value().item<double>();
            flat[i].fill_(at_i);
            ASSERT_NEAR(input.grad().view(-1)[i].item<double>(), (above - below) / (2 * step), 1e-7);
        }
    }
}

// 32 x 64 positions, one head: 16 MiB of logits a sample, so five samples are two chunks and one is a chunk of its own.
TEST(Attention, ManyChunksGiveWhatOneGives)
{
    const auto run = [](const at::Tensor& given) {
        at::Tensor qkv = given.detach().clone().requires_grad_(true);
        at::Tensor rel_h = random({63, 2}, 2).requires_grad_(true), rel_w = random({127, 2}, 3).requires_grad_(true);
        const at::Tensor out = relative_attention(qkv, rel_h, rel_w, 1);
        out.square().sum().backward();
        return std::vector<at::Tensor>{out.detach(), qkv.grad(), rel_h.grad(), rel_w.grad()};
    };
    const auto qkv = random({5, 32, 64, 6}, 1);
    ASSERT_GT(5LL * 2048 * 2048 * 4, attention_chunk_bytes);
    const auto whole = run(qkv);
    std::vector<at::Tensor> out, grad;
    at::Tensor grad_h = at::zeros({63, 2}), grad_w = at::zeros({127, 2});
    for (int n = 0; n < 5; ++n) {
        const auto one = run(qkv.narrow(0, n, 1));
        out.push_back(one[0]);
        grad.push_back(one[1]);
        grad_h += one[2];
        grad_w += one[3];
    }
    EXPECT_TRUE(at::allclose(whole[0], at::cat(out), 1e-5, 1e-6));
    EXPECT_TRUE(at::allclose(whole[1], at::cat(grad), 1e-4, 1e-6));
    EXPECT_TRUE(at::allclose(whole[2], grad_h, 1e-4, 1e-4));
    EXPECT_TRUE(at::allclose(whole[3], grad_w, 1e-4, 1e-4));
    const auto again = run(qkv);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_TRUE(at::equal(whole[i], again[i]));
    }
}

using Form = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&, int);
class AttentionForm : public ::testing::TestWithParam<Form> {};

// Positions that fill neither a bias' row nor a depth of libtorch's kernels; values deeper than keys; one row, one column.
TEST_P(AttentionForm, IsItsDefinitionWithItsGradients)
{
    for (const auto& [height, width, depth_k, depth_v] :
         {std::tuple{3, 4, 3, 2}, std::tuple{1, 5, 1, 1}, std::tuple{5, 1, 2, 24}, std::tuple{4, 8, 8, 8}}) {
        const int heads = 2;
        const std::vector<at::Tensor> given = {
            random({2, height, width, std::int64_t{heads} * (2 * depth_k + depth_v)}, 1, at::kDouble),
            random({2 * height - 1, depth_k}, 2, at::kDouble), random({2 * width - 1, depth_k}, 3, at::kDouble)};
        const at::Tensor upstream = random({2, height, width, std::int64_t{heads} * depth_v}, 4, at::kDouble);
        const auto run = [&](Form attention) {
            std::vector<at::Tensor> inputs;
            inputs.reserve(given.size());
            for (const at::Tensor& input : given) {
                inputs.push_back(input.detach().clone().requires_grad_(true));
            }
            const at::Tensor out = attention(inputs[0], inputs[1], inputs[2], heads);
            out.backward(upstream);
            return std::vector<at::Tensor>{out.detach(), inputs[0].grad(), inputs[1].grad(), inputs[2].grad()};
        };
        // Its gradients are held against finite differences above.
        const std::vector<at::Tensor> chunked = run(relative_attention), form = run(GetParam());
        const at::Tensor exact = attention_by_definition(given[0], given[1], given[2], heads);
        EXPECT_LT((form[0] - exact).abs().max().item<double>(), 1e-12) << height << " x " << width;
        for (std::size_t i = 1; i < form.size(); ++i) {
            EXPECT_LT((form[i] - chunked[i]).abs().max().item<double>(), 1e-12)
                << i << ", " << height << " x " << width;
        }
    }
}

TEST_P(AttentionForm, RefusesEncodingsOfAnotherShape)
{
    EXPECT_THROW(GetParam()(random({1, 3, 4, 6}, 1), random({5, 1}, 2), random({9, 1}, 3), 2), Error);
}

INSTANTIATE_TEST_SUITE_P(Of, AttentionForm,
                         ::testing::Values(reference_attention, sdpa_bias_attention, sdpa_extended_attention));

TEST(Attention, EncodingsOfAnotherShapeAreRefused)
{
    EXPECT_THROW(relative_attention(random({1, 3, 4, 6}, 1), random({5, 1}, 2), random({9, 1}, 3), 2), Error);
}

TEST(InstrumentNet, HasTheClosedFormsParametersAtEveryRatioAndShape)
{
    for (const double ratio : {0.0, 0.25, 0.5, 0.75, 1.0}) {
        for (const InputShape& shape : {InputShape{87, 252, 19}, InputShape{87, 1025, 19}, InputShape{22, 84, 17}}) {
            const InstrumentNet net(narrow(ratio), shape);
            EXPECT_EQ(net.trainable_parameters(), trainable_parameters(narrow(ratio), shape))
                << ratio << " " << shape.bins;
        }
    }
}

TEST(InstrumentNet, TakesBothShapesOfABatchAndGivesLogits)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        InstrumentNet net(narrow(ratio), {11, 21, 5});
        net.eval();
        const auto x = random({3, 11, 21}, 1);
        const auto logits = net.forward(x);
        EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{3, 5}));
        EXPECT_TRUE(at::equal(logits, net.forward(x.unsqueeze(1))));
    }
}

TEST(InstrumentNet, RefusesABatchOfAnotherGeometry)
{
    InstrumentNet net(narrow(0), {11, 21, 5});
    try {
        net.forward(at::zeros({2, 11, 22}));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("(2, 11, 22)"), HasSubstr("(N, 11, 21)")));
    }
}

// In float64: along a random direction the loss changes as the gradients say.
TEST(InstrumentNet, GradientsAreThoseOfFiniteDifferences)
{
    for (const double ratio : {0.0, 0.5, 1.0}) {
        InstrumentNet net(narrow(ratio), {11, 21, 5}, 3);
        net.to(at::kDouble);
        net.train();
        const auto x = random({4, 11, 21}, 1, at::kDouble);
        const auto labels = at::arange(4);
        const auto loss = [&] { return at::cross_entropy_loss(net.forward(x), labels); };
        loss().backward();
        std::vector<at::Tensor> directions;
        double expected = 0;
        for (const NamedTensor& weight : net.named_tensors()) {
            if (weight.trainable) {
                directions.push_back(random(weight.tensor.sizes(), 7 + directions.size(), at::kDouble) * 1e-2);
                expected += (weight.tensor.grad() * directions.back()).sum().item<double>();
            }
        }
        at::NoGradGuard no_grad;
        const auto move = [&](double by) {
            std::size_t i = 0;
            for (NamedTensor& weight : net.named_tensors()) {
                if (weight.trainable) {
                    weight.tensor.add_(directions[i++], by);
                }
            }
        };
        constexpr double step = 1e-5;
        move(step);
        const double above = loss().item<double>();
        move(-2 * step);
        const double below = loss().item<double>();
        EXPECT_NEAR(expected, (above - below) / (2 * step), 1e-5 * std::max(1.0, std::abs(expected))) << ratio;
    }
}

TEST(InstrumentNet, InitialWeightsComeFromTheSeedAlone)
{
    const InputShape shape{11, 21, 5};
    at::manual_seed(1);
    const std::string first = to_bytes(InstrumentNet(narrow(0.5), shape, 11));
    at::manual_seed(2);
    const int threads = at::get_num_threads();
    at::set_num_threads(threads == 1 ? 2 : 1);
    EXPECT_TRUE(first == to_bytes(InstrumentNet(narrow(0.5), shape, 11)));  // EXPECT_EQ would print the bytes
    at::set_num_threads(threads);
    EXPECT_FALSE(first == to_bytes(InstrumentNet(narrow(0.5), shape, 12)));
}

TEST(InstrumentNet, InitialWeightsHaveTheSettingsDeviations)
{
    configs::ModelSettings settings = narrow(0.5, 16);
    settings.kernel_stddev = 0.2;
    for (const auto bias_init : {configs::BiasInit::zeros, configs::BiasInit::normal}) {
        settings.bias_init = bias_init;
        const InstrumentNet net(settings, {87, 252, 19});
        for (const NamedTensor& weight : net.named_tensors()) {
            const double deviation = weight.tensor.numel() > 1 ? weight.tensor.std().item<double>() : 0;
            const bool large = weight.tensor.numel() >= 500;
            if (weight.name.ends_with("/kernel") && large) {
                EXPECT_NEAR(deviation, 0.2, 0.02) << weight.name;
            } else if (weight.name.find("key_rel_w") != std::string::npos && large) {
                EXPECT_NEAR(deviation, 1 / std::sqrt(weight.tensor.size(1)), 0.1 / std::sqrt(weight.tensor.size(1)))
                    << weight.name;
            } else if (weight.name.ends_with("/bias")) {
                EXPECT_EQ(deviation > 0, bias_init == configs::BiasInit::normal) << weight.name;
            } else if (weight.name.ends_with("/beta") || weight.name.ends_with("/moving_mean")) {
                EXPECT_EQ(weight.tensor.abs().max().item<double>(), 0) << weight.name;
            } else if (weight.name.ends_with("/gamma") || weight.name.ends_with("/moving_variance")) {
                EXPECT_TRUE(at::equal(weight.tensor, at::ones_like(weight.tensor))) << weight.name;
            }
        }
    }
}

// An epoch's last batch may be one clip: the smallest map that a plan allows still has a variance.
TEST(InstrumentNet, ABatchOfOneClipLeavesFiniteStatistics)
{
    configs::ModelSettings settings = narrow(0);
    settings.blocks = 2;
    settings.augmented_blocks = {};
    InstrumentNet net(settings, {3, 2, 5});  // 2 x 1 positions in block 2
    net.train();
    net.forward(random({1, 3, 2}, 1));
    for (const NamedTensor& weight : net.named_tensors()) {
        EXPECT_TRUE(at::isfinite(weight.tensor).all().item<bool>()) << weight.name;
    }
}

}  // namespace
}  // namespace attnsweep::model
