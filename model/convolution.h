#pragma once

#include <cstdint>

#include <torch/types.h>

namespace attnsweep::model {

/// Convolves x (N, in, H, W) with `kernel` (out, in, k, k), 'same' and with stride 1, and adds `bias` (out): (N, out, H, W),
/// channels-last. Float32 on a CPU takes Winograd's algorithm (kernels/winograd.h) for kernels of 5 x 5 and as many channels as make
/// it faster; everything else takes libtorch's operator.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias);

/// Returns whether convolve() takes Winograd's algorithm for such channels and maps, on a CPU in float32.
bool takes_winograd(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
                    std::int64_t kernel_size);

}  // namespace attnsweep::model
