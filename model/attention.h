#pragma once

#include <torch/types.h>

namespace attnsweep::model {

/// Computes two-dimensional multi-head self attention with relative position encodings. Bello et al. 2019, "Attention
/// Augmented Convolutional Networks", sections 3.1 and 3.2; layout of the authors' Keras layer.
///
/// qkv (N, H, W, 2 d_k + d_v), channels ordered q, k, v, each split into heads first and depth second;
/// key_rel_h (2H-1, d_k/heads), key_rel_w (2W-1, d_k/heads), shared by the heads; row m is the offset m - (H-1).
/// -> (N, H, W, d_v), heads joined in order. Differentiable in all three. d_k is key_rel_w's depth times heads.
///
/// Holds the logits of one chunk of samples at a time, not of a whole large batch: memory is bounded, and chunks depend only
/// on the shapes, so equal inputs give equal bits.
at::Tensor relative_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                              int heads);

/// Holds what softmax(q k^T + relative logits) v needs: of maps of H x W = P positions, queries scaled by depth^-0.5.
struct AttentionParts {
    at::Tensor q, k;   ///< (N, heads, P, d)
    at::Tensor v;      ///< (N, heads, P, e)
    at::Tensor rel_h;  ///< (N, heads, H, W, H): of a query (y, x) and the keys' rows
    at::Tensor rel_w;  ///< (N, heads, H, W, W): of a query (y, x) and the keys' columns
};

/// Splits qkv, and computes the relative logits. Arguments and errors as relative_attention's.
AttentionParts attention_parts(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads);

/// Joins the heads of (N, heads, P, e) in order: (N, H, W, heads e).
at::Tensor join_heads(const at::Tensor& out, const AttentionParts& parts);

/// Throws Error unless relative encodings of these shapes fit the map: what relative_attention checks first.
void check_encodings(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w, int heads);

/// Converts relative to absolute positions: (..., L, 2L-1) with last index m = j - i + L - 1 -> (..., L, L) with last
/// index j.
at::Tensor relative_to_absolute(const at::Tensor& relative);

}  // namespace attnsweep::model
