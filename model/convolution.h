#pragma once

#include <torch/types.h>

#include "model/kernels/convolution_shape.h"

namespace attnsweep::model {

/// Convolves x (N, in, H, W) with `kernel` (out, in, k, k), 'same' and with stride 1, and adds `bias` (out): (N, out, H, W),
/// which is channels-last where Winograd's algorithm computes it. For kernels of 5 x 5 in float32 on a CPU with AVX2 or AVX-512 each pass takes one of Winograd's algorithm (kernels/winograd.h), plain
/// sums (kernels/direct_weight_gradient.h) and libtorch's operator, by shape and length of vectors, the weights' gradient also by the number of samples; everything else takes the operator.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias);

/// Returns whether convolve() computes such maps by Winograd's algorithm, on a CPU in float32 with kernels of 5 x 5.
bool takes_winograd(const ConvolutionShape& shape);

}  // namespace attnsweep::model
