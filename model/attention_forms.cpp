#include "model/attention_forms.h"

#include <algorithm>

#include "model/attention.h"

namespace attnsweep::model {

namespace {

constexpr std::int64_t bias_alignment = 16, depth_alignment = 8;

// (N, heads, P, P)
at::Tensor relative_logits(const AttentionParts& parts)
{
    const std::int64_t positions = parts.q.size(2);
    return (parts.rel_h.unsqueeze(-1) + parts.rel_w.unsqueeze(-2))
        .reshape({parts.q.size(0), parts.q.size(1), positions, positions});
}

// Pads the last dimension with zeros.
at::Tensor padded(const at::Tensor& x, std::int64_t size)
{
    return x.size(-1) == size ? x : at::constant_pad_nd(x, {0, size - x.size(-1)});
}

std::int64_t rounded(std::int64_t count, std::int64_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

// The queries are scaled already.
at::Tensor sdpa(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::optional<at::Tensor>& bias)
{
    return at::scaled_dot_product_attention(q, k, v, bias, 0.0, false, 1.0);
}

}  // namespace

at::Tensor reference_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads)
{
    const AttentionParts parts = attention_parts(qkv, key_rel_h, key_rel_w, heads);
    const at::Tensor logits = at::matmul(parts.q, parts.k.transpose(-2, -1)) + relative_logits(parts);
    return join_heads(at::matmul(at::softmax(logits, -1), parts.v), parts);
}

at::Tensor sdpa_bias_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads)
{
    const AttentionParts parts = attention_parts(qkv, key_rel_h, key_rel_w, heads);
    const std::int64_t positions = parts.q.size(2);
    const at::Tensor bias = padded(relative_logits(parts), rounded(positions, bias_alignment)).narrow(-1, 0, positions);
    return join_heads(sdpa(parts.q, parts.k, parts.v, bias), parts);
}

at::Tensor sdpa_extended_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                                   int heads)
{
    const AttentionParts parts = attention_parts(qkv, key_rel_h, key_rel_w, heads);
    const std::int64_t batch = parts.q.size(0), positions = parts.q.size(2), height = parts.rel_h.size(-1),
                       width = parts.rel_w.size(-1), depth_v = parts.v.size(3);
    const at::Tensor place = at::arange(positions, parts.q.options().dtype(at::kLong));
    const auto is_in = [&](const at::Tensor& which, std::int64_t count) {  // (P, count): 1 where which[p] is the column
        return at::one_hot(which, count).to(parts.q.scalar_type()).expand({batch, heads, positions, count});
    };
    const std::int64_t depth = std::max(rounded(parts.q.size(3) + height + width, depth_alignment), depth_v);
    const at::Tensor q = padded(at::cat({parts.q, parts.rel_h.flatten(2, 3), parts.rel_w.flatten(2, 3)}, -1), depth);
    const at::Tensor k = padded(
        at::cat({parts.k, is_in(at::floor_divide(place, width), height), is_in(at::remainder(place, width), width)},
                -1),
        depth);
    return join_heads(sdpa(q, k, padded(parts.v, depth), {}).narrow(-1, 0, depth_v), parts);
}

}  // namespace attnsweep::model
