#pragma once

#include <cstddef>

namespace attnsweep::model {

// Parts of Winograd's F(2x2, 5x5) (winograd.h) on the calling thread, with the widest instructions that the processor has and this was
// compiled for. A tile has 6 x 6 points, 6 x 6 inputs and 2 x 2 outputs; each point is a plane, `plane` floats after the one before.

inline constexpr int winograd_points = 36;

/// Returns how many floats a vector has: planes' rows are padded to a multiple of it.
std::size_t winograd_lanes();

/// Transforms the inputs of a tile, `places` (6 x 6) with `channels` floats each, into a row of each plane. The row is padded to
/// whole vectors with zeros.
void winograd_input_tile(const float* const* places, std::size_t channels, float* rows, std::size_t plane);

/// Transforms the outputs' gradients of a tile, `places` (2 x 2), likewise.
void winograd_gradient_tile(const float* const* places, std::size_t channels, float* rows, std::size_t plane);

/// Transforms a row of each plane into the outputs of a tile, `places` (2 x 2; null: outside the map), and adds `bias` (channels;
/// null: none).
void winograd_output_tile(const float* rows, std::size_t plane, std::size_t channels, const float* bias,
                          float* const* places);

/// Transforms weights (5, 5, channels), turned by 180 degrees if `turned`, into a row of each plane, padded likewise.
void winograd_weights(const float* weights, std::size_t channels, bool turned, float* rows, std::size_t plane);

/// Transforms a row of each plane of the weights' gradient into the gradient (5, 5, channels).
void winograd_weight_gradient_of(const float* rows, std::size_t plane, std::size_t channels, float* gradient);

/// A matrix product: element (row, d) of a is a[row * a_row + d * a_depth]; row d of b is at b + d * b_depth, or, where b_depth is 0, b
/// is packed in panels of two vectors (the last may be one): panel j has its `depth` rows at b + 2 j lanes depth. c (rows, columns) has
/// rows of `c_row` floats. `rows` is a multiple of 6, `columns` of the lanes.
struct MatrixProduct {
    std::size_t rows = 0, columns = 0, depth = 0;
    const float* a = nullptr;
    std::size_t a_row = 0, a_depth = 0;
    const float* b = nullptr;
    std::size_t b_depth = 0;
    float* c = nullptr;
    std::size_t c_row = 0;
    bool adds = false;  ///< to what c has
};
inline constexpr std::size_t product_rows = 6;
void multiply(const MatrixProduct& product);

}  // namespace attnsweep::model
