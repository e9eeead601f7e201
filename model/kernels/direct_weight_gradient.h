#pragma once

#include "model/kernels/convolution_shape.h"
#include "model/kernels/run_units.h"

namespace attnsweep::model {

/// Writes the gradient of a convolution's weights (out, 5, 5, in) from that of its outputs by plain sums, for few input channels: rows of
/// a map in float32, over rows and samples in float64. Work is divided by the shape alone, so the bits depend neither on threads nor on
/// their load, only on the instruction set. Throws std::bad_alloc.
void direct_weight_gradient(const ConvolutionShape& shape, const float* x, const float* grad_y, float* grad_weights,
                            const RunUnits& run);

}  // namespace attnsweep::model
