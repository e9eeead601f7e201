#pragma once

#include <torch/types.h>

namespace attnsweep::model {

// What relative_attention (attention.h) computes, with the same arguments and errors, by operators of libtorch alone: gradients are
// autograd's.

/// All weights at once, (N, heads, P, P), as one writes it: what the other forms are compared with.
at::Tensor reference_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads);

/// scaled_dot_product_attention with the relative logits as its bias, (N, heads, P, P) in rows padded to a multiple of 16, which
/// GPUs' kernels ask for.
at::Tensor sdpa_bias_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                               int heads);

/// scaled_dot_product_attention without a bias: queries are extended by their relative logits of each row and column, keys by which
/// row and column is theirs (1, else 0), so that a product of depth d + H + W is the whole logit. No tensor of P x P where the
/// kernel makes none.
at::Tensor sdpa_extended_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                                   int heads);

}  // namespace attnsweep::model
