#pragma once

#include <cstdint>

namespace attnsweep::model {

/// Describes a convolution 5 x 5, 'same', stride 1, of maps (samples, height, width, in) to (samples, height, width, out), channels
/// last in memory, with weights (out, 5, 5, in), all float32 without gaps.
struct ConvolutionShape {
    std::int64_t samples = 1, height = 1, width = 1;
    std::int64_t in = 1, out = 1;
};

}  // namespace attnsweep::model
