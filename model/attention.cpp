#include "model/attention.h"

#include <algorithm>
#include <cmath>

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/error.h"
#include "model/layer_plan.h"

namespace attnsweep::model {

namespace {

struct Extent {
    std::int64_t batch, heads, height, width;
    std::int64_t positions() const { return height * width; }
    std::int64_t samples_a_chunk() const
    {
        const std::int64_t a_sample = heads * positions() * positions() * 4;
        return std::clamp<std::int64_t>(attention_chunk_bytes / std::max<std::int64_t>(a_sample, 1), 1, batch);
    }
};

// Softmax of the logits of one chunk: (n, heads, P, P).
at::Tensor attention_weights(const at::Tensor& q, const at::Tensor& k, const at::Tensor& rel_h, const at::Tensor& rel_w)
{
    at::Tensor logits = at::matmul(q, k.transpose(-2, -1));
    const auto height = rel_h.size(-1), width = rel_w.size(-1);
    at::Tensor by_place = logits.view({q.size(0), q.size(1), height, width, height, width});
    by_place.add_(rel_h.unsqueeze(-1)).add_(rel_w.unsqueeze(-2));
    return at::softmax(logits, -1);
}

/// softmax(q k^T + relative logits) v, a chunk of samples at a time. The weights that backward needs are kept if the
/// batch is one chunk, else recomputed.
class ChunkedAttention : public torch::autograd::Function<ChunkedAttention> {
public:
    // q, k (N, heads, P, d), v (N, heads, P, e), rel_h (N, heads, H, W, H), rel_w (N, heads, H, W, W) -> (N, heads, P, e)
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& q, const at::Tensor& k,
                              const at::Tensor& v, const at::Tensor& rel_h, const at::Tensor& rel_w)
    {
        // Autocast has converted the inputs to one type; everything here keeps it, as backward, where autocast is off,
        // requires.
        const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
        const Extent extent{q.size(0), q.size(1), rel_h.size(-1), rel_w.size(-1)};
        const std::int64_t chunk = extent.samples_a_chunk();
        if (chunk == extent.batch) {
            const at::Tensor weights = attention_weights(q, k, rel_h, rel_w);
            context->save_for_backward({q, k, v, rel_h, rel_w, weights});
            return at::matmul(weights, v);
        }
        at::Tensor out = at::empty_like(v, at::MemoryFormat::Contiguous);
        for (std::int64_t begin = 0; begin < extent.batch; begin += chunk) {
            const std::int64_t size = std::min(chunk, extent.batch - begin);
            const auto part = [&](const at::Tensor& whole) { return whole.narrow(0, begin, size); };
            const at::Tensor weights = attention_weights(part(q), part(k), part(rel_h), part(rel_w));
            part(out).copy_(at::matmul(weights, part(v)));
        }
        context->save_for_backward({q, k, v, rel_h, rel_w});
        return out;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list upstream)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &rel_h = saved[3], &rel_w = saved[4];
        const Extent extent{q.size(0), q.size(1), rel_h.size(-1), rel_w.size(-1)};
        const std::int64_t chunk = extent.samples_a_chunk();
        const auto fresh = [](const at::Tensor& like) { return at::empty_like(like, at::MemoryFormat::Contiguous); };
        at::Tensor grad_q = fresh(q), grad_k = fresh(k), grad_v = fresh(v), grad_h = fresh(rel_h),
                   grad_w = fresh(rel_w);
        for (std::int64_t begin = 0; begin < extent.batch; begin += chunk) {
            const std::int64_t size = std::min(chunk, extent.batch - begin);
            const auto part = [&](const at::Tensor& whole) { return whole.narrow(0, begin, size); };
            const at::Tensor weights =
                saved.size() > 5 ? saved[5] : attention_weights(part(q), part(k), part(rel_h), part(rel_w));
            const at::Tensor grad_out = part(upstream[0]);
            part(grad_v).copy_(at::matmul(weights.transpose(-2, -1), grad_out));
            const at::Tensor grad_weights = at::matmul(grad_out, part(v).transpose(-2, -1));
            const at::Tensor grad_logits = at::_softmax_backward_data(grad_weights, weights, -1, weights.scalar_type());
            part(grad_q).copy_(at::matmul(grad_logits, part(k)));
            part(grad_k).copy_(at::matmul(grad_logits.transpose(-2, -1), part(q)));
            const at::Tensor by_place =
                grad_logits.view({size, extent.heads, extent.height, extent.width, extent.height, extent.width});
            part(grad_h).copy_(by_place.sum(-1));
            part(grad_w).copy_(by_place.sum(-2));
        }
        return {grad_q, grad_k, grad_v, grad_h, grad_w};
    }
};

// (N, H, W, heads * depth) -> (N, heads, H W, depth)
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads)
{
    return x.reshape({x.size(0), x.size(1) * x.size(2), heads, x.size(3) / heads}).transpose(1, 2).contiguous();
}

}  // namespace

at::Tensor relative_to_absolute(const at::Tensor& relative)
{
    const std::int64_t length = relative.size(-2);
    if (length == 1) {
        return relative;
    }
    // Row i wants m = j - i + L - 1, which lies at i (2L-1) + m = i (2L-2) + j + L - 1 of the flattened rows: the same numbers
    // read from L - 1 on in rows of 2L - 2, of which the first L are kept. No copy.
    const at::Tensor rows =
        relative.flatten(-2).narrow(-1, length - 1, length * (2 * length - 2)).unflatten(-1, {length, 2 * length - 2});
    return rows.narrow(-1, 0, length);
}

void check_encodings(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w, int heads)
{
    const std::int64_t height = qkv.size(1), width = qkv.size(2), depth_v = qkv.size(3) - 2 * key_rel_w.size(1) * heads;
    if (key_rel_h.size(0) != 2 * height - 1 || key_rel_w.size(0) != 2 * width - 1 || depth_v < heads) {
        throw Error("relative encodings of " + std::to_string(key_rel_h.size(0)) + " x " +
                    std::to_string(key_rel_w.size(0)) + " offsets do not fit a map of " + std::to_string(height) +
                    " x " + std::to_string(width) +
                    " positions: the network was made for another shape of spectrogram");
    }
}

AttentionParts attention_parts(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads)
{
    check_encodings(qkv, key_rel_h, key_rel_w, heads);
    const std::int64_t batch = qkv.size(0), height = qkv.size(1), width = qkv.size(2);
    const std::int64_t depth_k = key_rel_w.size(1) * heads, depth_v = qkv.size(3) - 2 * depth_k;
    const double scale = 1.0 / std::sqrt(static_cast<double>(key_rel_w.size(1)));
    const at::Tensor q = split_heads(qkv.narrow(3, 0, depth_k), heads) * scale;
    // By width, the query (x, y) uses the relative offsets of its row; by height, those of its column.
    const at::Tensor places = q.view({batch, heads, height, width, depth_k / heads});
    return {q, split_heads(qkv.narrow(3, depth_k, depth_k), heads),
            split_heads(qkv.narrow(3, 2 * depth_k, depth_v), heads),
            relative_to_absolute(at::matmul(places.transpose(2, 3), key_rel_h.t())).transpose(2, 3),
            relative_to_absolute(at::matmul(places, key_rel_w.t()))};
}

at::Tensor join_heads(const at::Tensor& out, const AttentionParts& parts)
{
    return out.transpose(1, 2).reshape(
        {out.size(0), parts.rel_h.size(2), parts.rel_h.size(3), out.size(1) * out.size(3)});
}

at::Tensor relative_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                              int heads)
{
    const AttentionParts parts = attention_parts(qkv, key_rel_h, key_rel_w, heads);
    return join_heads(ChunkedAttention::apply(parts.q, parts.k, parts.v, parts.rel_h, parts.rel_w), parts);
}

}  // namespace attnsweep::model
