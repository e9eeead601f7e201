#include "model/kernels/winograd_kernel.h"

#include <algorithm>

#include "model/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/winograd_kernel.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attnsweep::model {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
using Size = std::size_t;

Size lanes()
{
    return hn::Lanes(Tag());
}

HWY_INLINE Vector number(float value)
{
    return hn::Set(Tag(), value);
}

// One dimension of the inputs' transform, in place: B^T d.
HWY_INLINE void transform_inputs(Vector& d0, Vector& d1, Vector& d2, Vector& d3, Vector& d4, Vector& d5)
{
    const Vector two = number(2), three = number(3);
    const Vector a = hn::Sub(d1, d3), b = hn::Sub(d2, d4);
    const Vector sum = hn::Add(d3, d4), difference = hn::Sub(d4, d3);
    const Vector v0 = hn::NegMulAdd(number(4), b, hn::NegMulAdd(three, a, hn::Mul(two, hn::Sub(d0, d4))));
    const Vector v5 = hn::NegMulAdd(three, b, hn::Mul(two, hn::Add(hn::Sub(d5, d3), a)));
    d0 = v0;
    d1 = hn::NegMulAdd(two, a, hn::MulAdd(three, sum, b));
    d2 = hn::NegMulAdd(two, a, hn::MulAdd(three, difference, hn::Mul(number(5), b)));
    d3 = hn::MulAdd(two, a, b);
    d4 = hn::NegMulAdd(two, b, a);
    d5 = v5;
}

// A^T m: six to two.
HWY_INLINE void transform_outputs(const Vector* m, Vector& y0, Vector& y1)
{
    y0 = hn::Add(hn::Add(hn::Add(m[0], m[1]), hn::Add(m[2], m[3])), m[4]);
    const Vector rest = hn::NegMulAdd(number(2), m[4], hn::MulAdd(number(0.5F), m[3], m[5]));
    y1 = hn::Add(hn::Sub(m[1], m[2]), rest);
}

// A e: two to six.
HWY_INLINE void transform_gradients(Vector e0, Vector e1, Vector* m)
{
    m[0] = e0;
    m[1] = hn::Add(e0, e1);
    m[2] = hn::Sub(e0, e1);
    m[3] = hn::MulAdd(number(0.5F), e1, e0);
    m[4] = hn::NegMulAdd(number(2), e1, e0);
    m[5] = e1;
}

// G g: five to six.
HWY_INLINE void transform_weights(const Vector* g, Vector* u)
{
    const Vector even = hn::Add(hn::Add(g[0], g[2]), g[4]), odd = hn::Add(g[1], g[3]);
    const auto horner = [](Vector high, Vector a, Vector b, Vector c, Vector low, float factor) {
        const Vector by = number(factor);
        return hn::MulAdd(hn::MulAdd(hn::MulAdd(hn::MulAdd(high, by, a), by, b), by, c), by, low);
    };
    u[0] = hn::Mul(g[0], number(0.5F));
    u[1] = hn::Mul(hn::Add(even, odd), number(1.0F / 6));
    u[2] = hn::Mul(hn::Sub(even, odd), number(1.0F / 6));
    u[3] = hn::Mul(horner(g[0], g[1], g[2], g[3], g[4], 2), number(1.0F / 15));
    u[4] = hn::Mul(horner(g[4], g[3], g[2], g[1], g[0], -2), number(1.0F / 30));
    u[5] = hn::Mul(g[4], number(0.5F));
}

// G^T u: six to five.
HWY_INLINE void transform_weight_gradients(const Vector* u, Vector* g)
{
    const Vector even = hn::Mul(hn::Add(u[1], u[2]), number(1.0F / 6)),
                 odd = hn::Mul(hn::Sub(u[1], u[2]), number(1.0F / 6));
    const Vector u3 = hn::Mul(u[3], number(1.0F / 15)), u4 = hn::Mul(u[4], number(1.0F / 30));
    g[0] = hn::MulAdd(number(0.5F), u[0], hn::Add(hn::MulAdd(number(16), u3, even), u4));
    g[1] = hn::NegMulAdd(number(2), u4, hn::MulAdd(number(8), u3, odd));
    g[2] = hn::MulAdd(number(4), u4, hn::MulAdd(number(4), u3, even));
    g[3] = hn::NegMulAdd(number(8), u4, hn::MulAdd(number(2), u3, odd));
    g[4] = hn::MulAdd(number(0.5F), u[5], hn::MulAdd(number(16), u4, hn::Add(u3, even)));
}

// `count` numbers, at most a vector of them; zeros after them.
HWY_INLINE Vector load(const float* from, Size count)
{
    const Tag d;
    if (count >= hn::Lanes(d)) {
        return hn::LoadU(d, from);
    }
    HWY_ALIGN float numbers[hn::MaxLanes(d)] = {};
    std::copy_n(from, count, numbers);
    return hn::Load(d, numbers);
}

HWY_INLINE void store(Vector value, float* to, Size count)
{
    const Tag d;
    if (count >= hn::Lanes(d)) {
        hn::StoreU(value, d, to);
        return;
    }
    HWY_ALIGN float numbers[hn::MaxLanes(d)];
    hn::Store(value, d, numbers);
    std::copy_n(numbers, count, to);
}

void input_tile(const float* const* places, Size channels, float* rows, Size plane)
{
    const Tag d;
    for (Size c = 0; c < channels; c += hn::Lanes(d)) {
        Vector tile[6][6];
        for (Size j = 0; j < 6; ++j) {
            for (Size i = 0; i < 6; ++i) {
                tile[i][j] = load(places[6 * i + j] + c, channels - c);
            }
            transform_inputs(tile[0][j], tile[1][j], tile[2][j], tile[3][j], tile[4][j], tile[5][j]);
        }
        for (Size i = 0; i < 6; ++i) {
            transform_inputs(tile[i][0], tile[i][1], tile[i][2], tile[i][3], tile[i][4], tile[i][5]);
            for (Size j = 0; j < 6; ++j) {
                hn::StoreU(tile[i][j], d, rows + (6 * i + j) * plane + c);
            }
        }
    }
}

void gradient_tile(const float* const* places, Size channels, float* rows, Size plane)
{
    const Tag d;
    for (Size c = 0; c < channels; c += hn::Lanes(d)) {
        Vector half[2][6];
        for (Size j = 0; j < 2; ++j) {
            transform_gradients(load(places[j] + c, channels - c), load(places[2 + j] + c, channels - c), half[j]);
        }
        for (Size i = 0; i < 6; ++i) {
            Vector m[6];
            transform_gradients(half[0][i], half[1][i], m);
            for (Size j = 0; j < 6; ++j) {
                hn::StoreU(m[j], d, rows + (6 * i + j) * plane + c);
            }
        }
    }
}

void output_tile(const float* rows, Size plane, Size channels, const float* bias, float* const* places)
{
    const Tag d;
    for (Size c = 0; c < channels; c += hn::Lanes(d)) {
        Vector half[2][6];
        for (Size j = 0; j < 6; ++j) {
            Vector m[6];
            for (Size i = 0; i < 6; ++i) {
                m[i] = hn::LoadU(d, rows + (6 * i + j) * plane + c);
            }
            transform_outputs(m, half[0][j], half[1][j]);
        }
        const Vector offset = bias != nullptr ? load(bias + c, channels - c) : hn::Zero(d);
        for (Size i = 0; i < 2; ++i) {
            Vector y[2];
            transform_outputs(half[i], y[0], y[1]);
            for (Size j = 0; j < 2; ++j) {
                if (float* place = places[2 * i + j]; place != nullptr) {
                    store(hn::Add(y[j], offset), place + c, channels - c);
                }
            }
        }
    }
}

void weights(const float* given, Size channels, bool turned, float* rows, Size plane)
{
    const Tag d;
    for (Size c = 0; c < channels; c += hn::Lanes(d)) {
        Vector half[5][6];  // by column: five of six
        for (Size j = 0; j < 5; ++j) {
            Vector g[5];
            for (Size i = 0; i < 5; ++i) {
                const Size place = 5 * i + j;
                g[i] = load(given + (turned ? 24 - place : place) * channels + c, channels - c);
            }
            transform_weights(g, half[j]);
        }
        for (Size i = 0; i < 6; ++i) {
            const Vector g[5] = {half[0][i], half[1][i], half[2][i], half[3][i], half[4][i]};
            Vector u[6];
            transform_weights(g, u);
            for (Size j = 0; j < 6; ++j) {
                hn::StoreU(u[j], d, rows + (6 * i + j) * plane + c);
            }
        }
    }
}

void weight_gradient(const float* rows, Size plane, Size channels, float* gradient)
{
    const Tag d;
    for (Size c = 0; c < channels; c += hn::Lanes(d)) {
        Vector half[6][5];  // by column: six of five
        for (Size j = 0; j < 6; ++j) {
            Vector u[6];
            for (Size i = 0; i < 6; ++i) {
                u[i] = hn::LoadU(d, rows + (6 * i + j) * plane + c);
            }
            transform_weight_gradients(u, half[j]);
        }
        for (Size i = 0; i < 5; ++i) {
            const Vector u[6] = {half[0][i], half[1][i], half[2][i], half[3][i], half[4][i], half[5][i]};
            Vector g[5];
            transform_weight_gradients(u, g);
            for (Size j = 0; j < 5; ++j) {
                store(g[j], gradient + (5 * i + j) * channels + c, channels - c);
            }
        }
    }
}

// Six rows times one or two vectors of columns, which stay in registers over the depth.
template <int vectors> HWY_INLINE void multiply_block(const MatrixProduct& product, Size row, Size column, Size b_depth)
{
    const Tag d;
    const Size width = hn::Lanes(d);
    const float* a = product.a + row * product.a_row;
    const float* b = product.b_depth == 0 ? product.b + column * product.depth : product.b + column;
    float* c = product.c + row * product.c_row + column;
    Vector sums[product_rows][vectors];
    for (Size r = 0; r < product_rows; ++r) {
        for (int v = 0; v < vectors; ++v) {
            sums[r][v] =
                product.adds ? hn::LoadU(d, c + r * product.c_row + static_cast<Size>(v) * width) : hn::Zero(d);
        }
    }
    for (Size k = 0; k < product.depth; ++k) {
        Vector right[vectors];
        for (int v = 0; v < vectors; ++v) {
            right[v] = hn::LoadU(d, b + k * b_depth + static_cast<Size>(v) * width);
        }
        for (Size r = 0; r < product_rows; ++r) {
            const Vector left = hn::Set(d, a[r * product.a_row + k * product.a_depth]);
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] = hn::MulAdd(left, right[v], sums[r][v]);
            }
        }
    }
    for (Size r = 0; r < product_rows; ++r) {
        for (int v = 0; v < vectors; ++v) {
            hn::StoreU(sums[r][v], d, c + r * product.c_row + static_cast<Size>(v) * width);
        }
    }
}

void matrix_product(const MatrixProduct& product)
{
    const Size width = lanes();
    for (Size column = 0; column < product.columns; column += 2 * width) {
        const bool is_pair = column + width < product.columns;
        const Size b_depth = product.b_depth != 0 ? product.b_depth : is_pair ? 2 * width : width;
        for (Size row = 0; row < product.rows; row += product_rows) {
            if (is_pair) {
                multiply_block<2>(product, row, column, b_depth);
            } else {
                multiply_block<1>(product, row, column, b_depth);
            }
        }
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attnsweep::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attnsweep::model {

HWY_EXPORT(lanes);
HWY_EXPORT(input_tile);
HWY_EXPORT(gradient_tile);
HWY_EXPORT(output_tile);
HWY_EXPORT(weights);
HWY_EXPORT(weight_gradient);
HWY_EXPORT(matrix_product);

std::size_t winograd_lanes()
{
    return HWY_DYNAMIC_DISPATCH(lanes)();
}

void winograd_input_tile(const float* const* places, std::size_t channels, float* rows, std::size_t plane)
{
    HWY_DYNAMIC_DISPATCH(input_tile)(places, channels, rows, plane);
}

void winograd_gradient_tile(const float* const* places, std::size_t channels, float* rows, std::size_t plane)
{
    HWY_DYNAMIC_DISPATCH(gradient_tile)(places, channels, rows, plane);
}

void winograd_output_tile(const float* rows, std::size_t plane, std::size_t channels, const float* bias,
                          float* const* places)
{
    HWY_DYNAMIC_DISPATCH(output_tile)(rows, plane, channels, bias, places);
}

void winograd_weights(const float* weights, std::size_t channels, bool turned, float* rows, std::size_t plane)
{
    HWY_DYNAMIC_DISPATCH(weights)(weights, channels, turned, rows, plane);
}

void winograd_weight_gradient_of(const float* rows, std::size_t plane, std::size_t channels, float* gradient)
{
    HWY_DYNAMIC_DISPATCH(weight_gradient)(rows, plane, channels, gradient);
}

void multiply(const MatrixProduct& product)
{
    HWY_DYNAMIC_DISPATCH(matrix_product)(product);
}

}  // namespace attnsweep::model
#endif
