#include "model/kernels/tiled_attention_kernel.h"

#include <cmath>
#include <limits>

#include "model/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/tiled_attention_kernel.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "model/kernels/tiled_attention_blocks.h"

HWY_BEFORE_NAMESPACE();
namespace attnsweep::model {
namespace HWY_NAMESPACE {
namespace {

// Writes the logits of a tile, [r][key], and collects the largest.
struct TileLogits {
    template <Size V> HWY_INLINE void block(Size y, Size x, Size key)
    {
        const Tag d;
        Vector sum[query_rows][V];
        queries.logits<V>(keys + key, step, y, x, sum);
        for (Size r = 0; r < query_rows; ++r) {
            for (Size v = 0; v < V; ++v) {
                hn::Store(sum[r][v], d, to + r * step + key + v * hn::Lanes(d));
                largest[r] = hn::Max(largest[r], sum[r][v]);
            }
        }
    }

    const QueryRows& queries;
    const float* keys;
    Size step;
    float* to;
    Vector largest[query_rows];
};

void attend_head(const HeadInputs& inputs, const HeadOutput& output)
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    const auto depth_k = static_cast<Size>(inputs.depth_k), depth_v = static_cast<Size>(inputs.depth_v);
    const Keys keys(static_cast<Size>(inputs.height), static_cast<Size>(inputs.width), depth_k + depth_v);
    const Floats key = packed(keys, inputs.k, inputs.strides, depth_k);
    const Floats value = packed(keys, inputs.v, inputs.strides, depth_v);
    QueryRows queries(inputs, keys);
    const Floats weights(query_rows * keys.longest), acc(query_rows * depth_v * lanes);
    const Vector none = hn::Set(d, -std::numeric_limits<float>::infinity());
    for (Size first = 0; first < keys.height * keys.width; first += query_rows) {
        queries.read(first);
        std::fill_n(acc.at(0), query_rows * depth_v * lanes, 0.0F);
        Vector largest[query_rows] = {none, none, none, none};
        Vector sums[query_rows] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
        for (const Tile& tile : keys.tiles) {
            TileLogits logits{queries,
                              key.at(tile.begin * depth_k),
                              tile.keys(),
                              weights.at(0),
                              {largest[0], largest[1], largest[2], largest[3]}};
            each_block(tile, logits);
            for (Size r = 0; r < query_rows; ++r) {
                const Vector larger = hn::MaxOfLanes(d, logits.largest[r]);
                if (hn::GetLane(larger) > hn::GetLane(largest[r])) {
                    const Vector factor = power_of_two(hn::Sub(largest[r], larger));
                    sums[r] = hn::Mul(sums[r], factor);
                    for (Size e = 0; e < depth_v; ++e) {
                        float* sum = acc.at((e * query_rows + r) * lanes);
                        hn::Store(hn::Mul(hn::Load(d, sum), factor), d, sum);
                    }
                    largest[r] = larger;
                }
                sums[r] = hn::Add(sums[r], powers_of_differences(weights.at(r * tile.keys()), tile.keys(), largest[r]));
            }
            add_all_products(weights.at(0), value.at(tile.begin * depth_v), tile.keys(), depth_v, acc.at(0));
        }
        for (Size r = 0; r < queries.count; ++r) {
            const float sum = hn::GetLane(hn::SumOfLanes(d, sums[r]));
            for (Size e = 0; e < depth_v; ++e) {
                const Vector products = hn::Load(d, acc.at((e * query_rows + r) * lanes));
                output.output[queries.offset(output.strides, r, e)] = hn::GetLane(hn::SumOfLanes(d, products)) / sum;
            }
            output.row_max[first + r] = hn::GetLane(largest[r]);
            output.row_sum[first + r] = sum;
        }
    }
}

// Writes a tile's weights and the gradients of its logits, both [r][key] and without the division by the row's sum, which the
// rows of the output's gradient have undergone instead; adds up the gradients of the relative logits.
struct TileGradients {
    template <Size V> HWY_INLINE void block(Size y, Size x, Size key)
    {
        const Tag d;
        const Size lanes = hn::Lanes(d);
        Vector weight[query_rows][V];
        queries.logits<V>(keys + key, step, y, x, weight);
        for (Size r = 0; r < query_rows; ++r) {
            const Vector largest = hn::Set(d, row_max[r]);
            for (Size v = 0; v < V; ++v) {
                weight[r][v] = power_of_two(hn::Sub(weight[r][v], largest));
                hn::Store(weight[r][v], d, weights + r * step + key + v * lanes);
            }
        }
        Vector gradient[query_rows][V];
        for (Size r = 0; r < query_rows; ++r) {
            for (Size v = 0; v < V; ++v) {
                gradient[r][v] = hn::Set(d, minus_mean[r]);
            }
        }
        add_row_products<V>(grad_output, values + key, step, depth_v, gradient);
        for (Size r = 0; r < query_rows; ++r) {
            float* of_row = by_row + (r * padded_height + y) * lanes;
            Vector row_sum = hn::Load(d, of_row);
            for (Size v = 0; v < V; ++v) {
                const Vector product = hn::Mul(gradient[r][v], hn::Load(d, weights + r * step + key + v * lanes));
                hn::Store(product, d, gradients + r * step + key + v * lanes);
                row_sum = hn::Add(row_sum, product);
                float* of_column = by_column + r * padded_width + x + v * lanes;
                hn::Store(hn::Add(hn::Load(d, of_column), product), d, of_column);
            }
            hn::Store(row_sum, d, of_row);
        }
    }

    const QueryRows& queries;
    const float *row_max, *minus_mean, *grad_output;
    Size depth_v, padded_height, padded_width;
    float *weights, *gradients, *by_row, *by_column;
    const float* keys = nullptr;
    const float* values = nullptr;
    Size step = 0;
};

// The gradients of the relative logits of one query, to[i] for its key i, go into the sums of its own gradient, acc[c][r], and
// that of the encoding.
void through_encoding(const QueryRows& queries, Size r, const Encoding& encoding, Size place, const float* gradients,
                      const Floats& grad_encoding, const Floats& acc)
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    for (Size c = 0; c < queries.depth; ++c) {
        const float* from = encoding.seen_from(place, c);
        float* to = grad_encoding.at(static_cast<Size>(from - encoding.values.at(0)));
        const Vector query = hn::Set(d, *queries.rows.at(c * query_rows + r));
        float* own = acc.at((c * query_rows + r) * lanes);
        Vector sum = hn::Load(d, own);
        for (Size i = 0; i < encoding.padded; i += lanes) {
            const Vector gradient = hn::Load(d, gradients + i);
            sum = hn::MulAdd(gradient, hn::LoadU(d, from + i), sum);
            hn::StoreU(hn::MulAdd(gradient, query, hn::LoadU(d, to + i)), d, to + i);
        }
        hn::Store(sum, d, own);
    }
}

void write_encoding(const Encoding& encoding, const Floats& gradient, Size depth, float* to)
{
    for (Size m = 0; m < 2 * encoding.length - 1; ++m) {
        for (Size c = 0; c < depth; ++c) {
            to[m * depth + c] = static_cast<float>(ln_2 * *gradient.at(c * encoding.stride + m));
        }
    }
}

void attend_head_backward(const HeadInputs& inputs, const HeadGradients& gradients)
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    const auto depth_k = static_cast<Size>(inputs.depth_k), depth_v = static_cast<Size>(inputs.depth_v);
    const Keys keys(static_cast<Size>(inputs.height), static_cast<Size>(inputs.width), depth_k + depth_v);
    const Floats key = packed(keys, inputs.k, inputs.strides, depth_k);
    const Floats value = packed(keys, inputs.v, inputs.strides, depth_v);
    const Floats grad_key(keys.count * depth_k), grad_value(keys.count * depth_v);
    QueryRows queries(inputs, keys);
    const Size padded_height = queries.encoding_h.padded, padded_width = queries.encoding_w.padded;
    const Floats grad_encoding_h(queries.encoding_h.stride * depth_k),
        grad_encoding_w(queries.encoding_w.stride * depth_k);
    const Floats weights(query_rows * keys.longest), grad_logits(query_rows * keys.longest);
    const Floats row_sums(query_rows * padded_height * lanes), by_row(padded_height),
        by_column(query_rows * padded_width);
    const Floats acc(query_rows * depth_k * lanes), grad_output(query_rows * depth_v);
    const double scale = 1.0 / std::sqrt(static_cast<double>(depth_k));
    for (Size first = 0; first < keys.height * keys.width; first += query_rows) {
        queries.read(first);
        float row_max[query_rows] = {}, minus_mean[query_rows] = {};
        std::fill_n(grad_output.at(0), query_rows * depth_v, 0.0F);
        for (Size r = 0; r < queries.count; ++r) {
            row_max[r] = gradients.row_max[first + r];
            double mean = 0;
            for (Size e = 0; e < depth_v; ++e) {
                const double upstream = gradients.grad_output[queries.offset(gradients.grad_output_strides, r, e)];
                mean += upstream * gradients.output[queries.offset(gradients.output_strides, r, e)];
                *grad_output.at(e * query_rows + r) = static_cast<float>(upstream / gradients.row_sum[first + r]);
            }
            minus_mean[r] = static_cast<float>(-mean / gradients.row_sum[first + r]);
        }
        for (const Floats* sums : {&row_sums, &by_column, &acc}) {
            std::fill_n(sums->at(0), sums->count, 0.0F);
        }
        TileGradients blocks{queries,           row_max,        minus_mean,     grad_output.at(0),
                             depth_v,           padded_height,  padded_width,   weights.at(0),
                             grad_logits.at(0), row_sums.at(0), by_column.at(0)};
        for (const Tile& tile : keys.tiles) {
            blocks.keys = key.at(tile.begin * depth_k);
            blocks.values = value.at(tile.begin * depth_v);
            blocks.step = tile.keys();
            each_block(tile, blocks);
            spread_all(weights.at(0), grad_output.at(0), tile.keys(), depth_v, grad_value.at(tile.begin * depth_v));
            spread_all(grad_logits.at(0), queries.rows.at(0), tile.keys(), depth_k, grad_key.at(tile.begin * depth_k));
            add_all_products(grad_logits.at(0), blocks.keys, tile.keys(), depth_k, acc.at(0));
        }
        for (Size r = 0; r < queries.count; ++r) {
            for (Size y = 0; y < keys.height; ++y) {
                const Vector sums = hn::Load(d, row_sums.at((r * padded_height + y) * lanes));
                *by_row.at(y) = hn::GetLane(hn::SumOfLanes(d, sums));
            }
            through_encoding(queries, r, queries.encoding_h, queries.y[r], by_row.at(0), grad_encoding_h, acc);
            through_encoding(queries, r, queries.encoding_w, queries.x[r], by_column.at(r * padded_width),
                             grad_encoding_w, acc);
            for (Size c = 0; c < depth_k; ++c) {
                const Vector sums = hn::Load(d, acc.at((c * query_rows + r) * lanes));
                gradients.q[queries.offset(gradients.strides, r, c)] =
                    static_cast<float>(scale * hn::GetLane(hn::SumOfLanes(d, sums)));
            }
        }
    }
    unpack(keys, grad_key, depth_k, ln_2, gradients.k, gradients.strides);
    unpack(keys, grad_value, depth_v, 1, gradients.v, gradients.strides);
    write_encoding(queries.encoding_h, grad_encoding_h, depth_k, gradients.rel_h);
    write_encoding(queries.encoding_w, grad_encoding_w, depth_k, gradients.rel_w);
}

void raise_two(float* values, Size count)
{
    const Tag d;
    const Floats lanes(hn::Lanes(d));
    for (Size i = 0; i < count; i += hn::Lanes(d)) {
        const Size size = std::min(hn::Lanes(d), count - i);
        std::copy_n(values + i, size, lanes.at(0));
        hn::Store(power_of_two(hn::Load(d, lanes.at(0))), d, lanes.at(0));
        std::copy_n(lanes.at(0), size, values + i);
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attnsweep::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attnsweep::model {

HWY_EXPORT(attend_head);
HWY_EXPORT(attend_head_backward);
HWY_EXPORT(raise_two);

void attend(const HeadInputs& inputs, const HeadOutput& output)
{
    HWY_DYNAMIC_DISPATCH(attend_head)(inputs, output);
}

void attend_backward(const HeadInputs& inputs, const HeadGradients& gradients)
{
    HWY_DYNAMIC_DISPATCH(attend_head_backward)(inputs, gradients);
}

void powers_of_two(float* values, std::int64_t count)
{
    HWY_DYNAMIC_DISPATCH(raise_two)(values, static_cast<std::size_t>(count));
}

}  // namespace attnsweep::model
#endif
