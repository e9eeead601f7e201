// Attention by tiles as libtorch sees it, beside relative_attention in float64. golden_check holds it against Keras' layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/attention.h"
#include "model/error.h"
#include "model/tiled_relative_attention.h"

namespace attnsweep::model {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

at::Tensor numbers(at::IntArrayRef shape, std::uint64_t seed)
{
    at::manual_seed(seed);
    return at::rand(shape) * 2 - 1;
}

using Attention = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&, int);

// The output, and the gradients of qkv, key_rel_h, key_rel_w.
std::vector<at::Tensor> results(Attention attention, std::vector<at::Tensor> inputs, const at::Tensor& upstream,
                                int heads)
{
    for (at::Tensor& input : inputs) {
        input = input.detach().requires_grad_(true);
    }
    const at::Tensor out = attention(inputs[0], inputs[1], inputs[2], heads);
    out.backward(upstream);
    return {out.detach(), inputs[0].grad(), inputs[1].grad(), inputs[2].grad()};
}

double relative_error(const at::Tensor& tensor, const at::Tensor& reference)
{
    EXPECT_EQ(tensor.sizes(), reference.sizes());
    return ((tensor.to(at::kDouble) - reference).abs().max() / reference.abs().max()).item<double>();
}

TEST(TiledRelativeAttention, IsRelativeAttentionOnAnyThreadsAndInAnyLayout)
{
    const std::vector<at::Tensor> inputs = {numbers({3, 5, 19, std::int64_t{4} * (2 * 3 + 2)}, 1), numbers({9, 3}, 2),
                                            numbers({37, 3}, 3)};
    const at::Tensor upstream = numbers({3, 5, 19, 8}, 4);
    std::vector<at::Tensor> exact;
    exact.reserve(inputs.size());
    for (const at::Tensor& input : inputs) {
        exact.push_back(input.to(at::kDouble));
    }
    const std::vector<at::Tensor> reference = results(relative_attention, exact, upstream.to(at::kDouble), 4);
    const auto planes = [](const at::Tensor& map) {  // (N, H, W, C), in memory (N, C, H, W)
        return map.permute({0, 3, 1, 2}).contiguous().permute({0, 2, 3, 1});
    };
    const int before = at::get_num_threads();
    std::vector<at::Tensor> first;
    for (const int threads : {1, 2}) {
        at::set_num_threads(threads);
        for (const bool is_in_planes : {false, true}) {
            std::vector<at::Tensor> given = inputs;
            if (is_in_planes) {
                given = {planes(inputs[0]), inputs[1].t().contiguous().t(), inputs[2].t().contiguous().t()};
            }
            const std::vector<at::Tensor> tiled =
                results(tiled_relative_attention, given, is_in_planes ? planes(upstream) : upstream, 4);
            first = first.empty() ? tiled : first;
            for (std::size_t i = 0; i < tiled.size(); ++i) {
                EXPECT_LT(relative_error(tiled[i], reference[i]), 1e-5) << "tensor " << i;
                EXPECT_TRUE(at::equal(tiled[i], first[i])) << "tensor " << i << ", threads " << threads;
            }
        }
    }
    at::set_num_threads(before);
}

TEST(TiledRelativeAttention, RefusesWhatItIsNotMadeFor)
{
    const at::Tensor qkv = numbers({1, 3, 4, 6}, 1), rel_h = numbers({5, 1}, 2), rel_w = numbers({7, 1}, 3);
    EXPECT_THAT([&] { tiled_relative_attention(qkv.to(at::kDouble), rel_h, rel_w, 2); },
                ThrowsMessage<Error>(HasSubstr("of Double on cpu: it is made for Float on cpu")));
    EXPECT_THAT([&] { tiled_relative_attention(qkv, rel_h, rel_w.to(at::kBFloat16), 2); },
                ThrowsMessage<Error>(HasSubstr("of BFloat16 on cpu")));
    EXPECT_THAT([&] { tiled_relative_attention(qkv, rel_h, numbers({9, 1}, 3), 2); },
                ThrowsMessage<Error>(HasSubstr("5 x 9 offsets do not fit a map of 3 x 4")));
}

}  // namespace
}  // namespace attnsweep::model
