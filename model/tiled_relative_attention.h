#pragma once

#include <torch/types.h>

namespace attnsweep::model {

/// Computes what relative_attention (attention.h) computes, by the kernel of tiled_attention.h: in a fraction of the time, and
/// in memory that grows with the positions, not with their square. For float32 on a CPU. Differentiable once in all three.
///
/// Uses libtorch's threads; the bits depend on the instruction set alone. Throws Error for another type or device, and where
/// the encodings do not fit.
at::Tensor tiled_relative_attention(const at::Tensor& qkv, const at::Tensor& key_rel_h, const at::Tensor& key_rel_w,
                                    int heads);

}  // namespace attnsweep::model
