#pragma once

#include "model/kernels/convolution_shape.h"
#include "model/kernels/run_units.h"

namespace attnsweep::model {

// The three passes by Winograd's algorithm F(2x2, 5x5): 36 products instead of 100 for four outputs (Lavin and Gray, "Fast Algorithms
// for Convolutional Neural Networks", 2016; with the points 0, 1, -1, 1/2, -2 and infinity, whose errors are no larger than those of
// the plain sum). Work is divided by the shape alone, so the bits depend neither on threads nor on their load, only on the
// instruction set. Each throws std::bad_alloc.

/// Writes y = x * weights + bias; `bias` (out), null: none.
void winograd_forward(const ConvolutionShape& shape, const float* x, const float* weights, const float* bias, float* y,
                      const RunUnits& run);

/// Writes the gradient of x from that of y.
void winograd_input_gradient(const ConvolutionShape& shape, const float* grad_y, const float* weights, float* grad_x,
                             const RunUnits& run);

/// Writes the gradient of the weights from that of y.
void winograd_weight_gradient(const ConvolutionShape& shape, const float* x, const float* grad_y, float* grad_weights,
                              const RunUnits& run);

}  // namespace attnsweep::model
