// The blocks of tiled attention's kernel, compiled once per instruction set: no other source includes it. The guard is
// Highway's, whose foreach_target.h includes the kernel, and so this, again for each.
#if defined(ATTNSWEEP_MODEL_TILED_ATTENTION_BLOCKS) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTNSWEEP_MODEL_TILED_ATTENTION_BLOCKS
#undef ATTNSWEEP_MODEL_TILED_ATTENTION_BLOCKS
#else
#define ATTNSWEEP_MODEL_TILED_ATTENTION_BLOCKS
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <hwy/highway.h>

#include "model/kernels/floats.h"
#include "model/kernels/tiled_attention_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace attnsweep::model {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
using Size = std::size_t;

constexpr Size query_rows = 4;  // handled together: each key that is loaded serves all of them
constexpr Size cache_floats =
    6144;  // of a tile's keys, values, their gradients and weights: 24 KB of a first-level cache

Size rounded_up(Size count, Size multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

// A block of keys: some rows of the map, or a part of one.
struct Tile {
    Size first_row, rows, first_column,
        columns;  // columns: a multiple of the lanes, of which the last may lie outside the map
    Size begin;   // keys before it, in the order of the tiles
    Size keys() const { return rows * columns; }
};

// The map's positions as keys. An array of keys lies tile by tile, in a tile channel by channel: [channel][key].
struct Keys {
    Keys(Size map_height, Size map_width, Size depths)
        : height(map_height), width(map_width), padded_width(rounded_up(width, hn::Lanes(Tag())))
    {
        const Size lanes = hn::Lanes(Tag());
        const Size wanted = std::clamp<Size>(cache_floats / (2 * depths + 2 * query_rows), 64, 512) / lanes * lanes;
        const Size columns = std::min(padded_width, wanted);
        const Size rows = std::max<Size>(wanted / padded_width, 1);
        for (Size y = 0; y < height; y += rows) {
            for (Size x = 0; x < padded_width; x += columns) {
                tiles.push_back({y, std::min(rows, height - y), x, std::min(columns, padded_width - x), count});
                count += tiles.back().keys();
                longest = std::max(longest, tiles.back().keys());
            }
        }
    }

    // visit(position in the map, index in the array [tile][channel][key] of channel 0, step between channels)
    template <class Visit> void each(Size depth, const Visit& visit) const
    {
        for (const Tile& tile : tiles) {
            for (Size y = 0; y < tile.rows; ++y) {
                for (Size x = 0; x < tile.columns && tile.first_column + x < width; ++x) {
                    visit(tile.first_row + y, tile.first_column + x, tile.begin * depth + y * tile.columns + x,
                          tile.keys());
                }
            }
        }
    }

    Size height, width, padded_width;
    Size count = 0, longest = 0;
    std::vector<Tile> tiles;
};

std::int64_t place_in_map(const MapStrides& strides, Size y, Size x)
{
    return static_cast<std::int64_t>(y) * strides.row + static_cast<std::int64_t>(x) * strides.column;
}

Floats packed(const Keys& keys, const float* map, const MapStrides& strides, Size depth)
{
    Floats to(keys.count * depth);
    keys.each(depth, [&](Size y, Size x, Size index, Size step) {
        const float* from = map + place_in_map(strides, y, x);
        for (Size c = 0; c < depth; ++c) {
            *to.at(index + c * step) = from[static_cast<std::int64_t>(c) * strides.channel];
        }
    });
    return to;
}

void unpack(const Keys& keys, const Floats& from, Size depth, double scale, float* map, const MapStrides& strides)
{
    keys.each(depth, [&](Size y, Size x, Size index, Size step) {
        float* to = map + place_in_map(strides, y, x);
        for (Size c = 0; c < depth; ++c) {
            to[static_cast<std::int64_t>(c) * strides.channel] = static_cast<float>(scale * *from.at(index + c * step));
        }
    });
}

// 0 where x is below -64: beside a row's largest weight, 1, float32 has no digit for such a weight, and its products with gradients would
// be subnormal numbers, which some processors multiply a hundred times slower. Keys outside the map are always such.
HWY_INLINE Vector power_of_two(Vector x)
{
    const Tag d;
    const Vector least = hn::Set(d, -64.0F);
    const auto is_nothing = hn::Lt(x, least);
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
    x = hn::Max(least, x);  // these return the second of two when one is NaN
#else
    x = hn::IfThenElse(is_nothing, least, x);
#endif
    const Vector round = hn::Set(d, 12582912.0F + 127.0F);  // 1.5 * 2^23: its sum has no digits after the point
    const Vector rounded = hn::Add(x, round);
    const Vector f = hn::Sub(x, hn::Sub(rounded, round));
    Vector p = hn::Set(d, 0x1.5c08e6p-10F);
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.3d0c52p-7F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.c6b6e4p-5F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.ebf918p-3F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e428p-1F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.000002p0F));
    const hn::RebindToSigned<Tag> integers;
    return hn::IfThenZeroElse(is_nothing,
                              hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(integers, rounded)))));
}

// values[i] = 2^(values[i] - subtracted); returns their sums, a lane each.
Vector powers_of_differences(float* values, Size count, Vector subtracted)
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    Vector sum = hn::Zero(d);
    for (Size i = 0; i < count; i += lanes) {
        const Vector power = power_of_two(hn::Sub(hn::Load(d, values + i), subtracted));
        hn::Store(power, d, values + i);
        sum = hn::Add(sum, power);
    }
    return sum;
}

// acc[e][r] += sum over keys of weights[r][key] * keys[e][key], for E channels; acc holds vectors of partial sums.
template <Size E>
HWY_INLINE void add_products(const float* HWY_RESTRICT weights, const float* HWY_RESTRICT keys, Size count,
                             float* HWY_RESTRICT acc)
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    Vector sum[E][query_rows];
    for (Size e = 0; e < E; ++e) {
        for (Size r = 0; r < query_rows; ++r) {
            sum[e][r] = hn::Load(d, acc + (e * query_rows + r) * lanes);
        }
    }
    for (Size j = 0; j < count; j += lanes) {
        Vector key[E];
        for (Size e = 0; e < E; ++e) {
            key[e] = hn::Load(d, keys + e * count + j);
        }
        for (Size r = 0; r < query_rows; ++r) {
            const Vector weight = hn::Load(d, weights + r * count + j);
            for (Size e = 0; e < E; ++e) {
                sum[e][r] = hn::MulAdd(weight, key[e], sum[e][r]);
            }
        }
    }
    for (Size e = 0; e < E; ++e) {
        for (Size r = 0; r < query_rows; ++r) {
            hn::Store(sum[e][r], d, acc + (e * query_rows + r) * lanes);
        }
    }
}

void add_all_products(const float* weights, const float* keys, Size count, Size depth, float* acc)
{
    const Size step = query_rows * hn::Lanes(Tag());
    Size e = 0;
    for (; e + 2 <= depth; e += 2) {
        add_products<2>(weights, keys + e * count, count, acc + e * step);
    }
    if (e < depth) {
        add_products<1>(weights, keys + e * count, count, acc + e * step);
    }
}

// to[e][key] += sum over the query rows of rows[e][r] * weights[r][key], for E channels.
template <Size E>
HWY_INLINE void spread(const float* HWY_RESTRICT weights, const float* HWY_RESTRICT rows, Size count,
                       float* HWY_RESTRICT to)
{
    const Tag d;
    Vector row[E][query_rows];
    for (Size e = 0; e < E; ++e) {
        for (Size r = 0; r < query_rows; ++r) {
            row[e][r] = hn::Set(d, rows[e * query_rows + r]);
        }
    }
    for (Size j = 0; j < count; j += hn::Lanes(d)) {
        Vector sum[E];
        for (Size e = 0; e < E; ++e) {
            sum[e] = hn::Load(d, to + e * count + j);
        }
        for (Size r = 0; r < query_rows; ++r) {
            const Vector weight = hn::Load(d, weights + r * count + j);
            for (Size e = 0; e < E; ++e) {
                sum[e] = hn::MulAdd(weight, row[e][r], sum[e]);
            }
        }
        for (Size e = 0; e < E; ++e) {
            hn::Store(sum[e], d, to + e * count + j);
        }
    }
}

void spread_all(const float* weights, const float* rows, Size count, Size depth, float* to)
{
    Size e = 0;
    for (; e + 3 <= depth; e += 3) {
        spread<3>(weights, rows + e * query_rows, count, to + e * count);
    }
    if (e + 2 == depth) {
        spread<2>(weights, rows + e * query_rows, count, to + e * count);
    } else if (e < depth) {
        spread<1>(weights, rows + e * query_rows, count, to + e * count);
    }
}

// sum[r][v] += sum over channels of rows[channel][r] * keys[channel][key], for V vectors of keys.
template <Size V>
HWY_INLINE void add_row_products(const float* HWY_RESTRICT rows, const float* HWY_RESTRICT keys, Size step, Size depth,
                                 Vector (&sum)[query_rows][V])
{
    const Tag d;
    const Size lanes = hn::Lanes(d);
    for (Size c = 0; c < depth; ++c) {
        Vector key[V];
        for (Size v = 0; v < V; ++v) {
            key[v] = hn::Load(d, keys + c * step + v * lanes);
        }
        for (Size r = 0; r < query_rows; ++r) {
            const Vector row = hn::Set(d, rows[c * query_rows + r]);
            for (Size v = 0; v < V; ++v) {
                sum[r][v] = hn::MulAdd(row, key[v], sum[r][v]);
            }
        }
    }
}

constexpr double log2_e = 1.44269504088896340736, ln_2 = 0.69314718055994530942;

// Relative encodings (2L-1, depth), transposed: [channel][offset], with room for whole vectors from any offset on.
struct Encoding {
    Encoding(const float* from, Size length_, Size depth)
        : length(length_), padded(rounded_up(length, hn::Lanes(Tag()))),
          stride(rounded_up(length - 1 + padded, hn::Lanes(Tag()))), values(stride * depth)
    {
        for (Size m = 0; m < 2 * length - 1; ++m) {
            for (Size c = 0; c < depth; ++c) {
                *values.at(c * stride + m) = from[m * depth + c];
            }
        }
    }
    // Offsets of the keys 0, 1, ... from the query at `place`.
    const float* seen_from(Size place, Size channel) const { return values.at(channel * stride + length - 1 - place); }

    Size length, padded, stride;
    Floats values;
};

// A few queries and their relative logits. Logits are in units of ln 2, since powers of two are what is computed.
struct QueryRows {
    QueryRows(const HeadInputs& from, const Keys& its_keys)
        : inputs(from), keys(its_keys), depth(static_cast<Size>(from.depth_k)),
          encoding_h(from.rel_h, keys.height, depth), encoding_w(from.rel_w, keys.width, depth),
          rows(query_rows * depth), by_row(query_rows * encoding_h.padded), by_column(query_rows * encoding_w.padded)
    {
    }

    // Reads the queries from `first` on. Where there are fewer than query_rows left, zeros stand for the others.
    void read(Size first)
    {
        count = std::min(query_rows, keys.height * keys.width - first);
        const double scale = log2_e / std::sqrt(static_cast<double>(depth));
        std::fill_n(rows.at(0), query_rows * depth, 0.0F);
        for (Size r = 0; r < query_rows; ++r) {
            y[r] = r < count ? (first + r) / keys.width : 0;
            x[r] = r < count ? (first + r) % keys.width : 0;
            for (Size c = 0; c < depth && r < count; ++c) {
                *rows.at(c * query_rows + r) = static_cast<float>(scale * inputs.q[offset(inputs.strides, r, c)]);
            }
            relative(encoding_h, y[r], r, by_row);
            relative(encoding_w, x[r], r, by_column);
            std::fill(by_column.at(r * encoding_w.padded + keys.width), by_column.at((r + 1) * encoding_w.padded),
                      -std::numeric_limits<float>::infinity());
        }
    }

    // Where channel c of query r lies in a map.
    std::int64_t offset(const MapStrides& strides, Size r, Size c) const
    {
        return place_in_map(strides, y[r], x[r]) + static_cast<std::int64_t>(c) * strides.channel;
    }

    // Logits of V vectors of keys from (key_y, key_x) on. Both passes compute them here, so to the same bits.
    template <Size V>
    HWY_INLINE void logits(const float* key, Size step, Size key_y, Size key_x, Vector (&to)[query_rows][V]) const
    {
        const Tag d;
        for (Size r = 0; r < query_rows; ++r) {
            const Vector of_row = hn::Set(d, *by_row.at(r * encoding_h.padded + key_y));
            for (Size v = 0; v < V; ++v) {
                to[r][v] = hn::Add(of_row, hn::Load(d, by_column.at(r * encoding_w.padded + key_x + v * hn::Lanes(d))));
            }
        }
        add_row_products<V>(rows.at(0), key, step, depth, to);
    }

    // to[r][i] = the query times the encoding of key i
    void relative(const Encoding& encoding, Size place, Size r, const Floats& to) const
    {
        const Tag d;
        for (Size i = 0; i < encoding.padded; i += hn::Lanes(d)) {
            Vector sum = hn::Zero(d);
            for (Size c = 0; c < depth; ++c) {
                sum = hn::MulAdd(hn::Set(d, *rows.at(c * query_rows + r)),
                                 hn::LoadU(d, encoding.seen_from(place, c) + i), sum);
            }
            hn::Store(sum, d, to.at(r * encoding.padded + i));
        }
    }

    const HeadInputs& inputs;
    const Keys& keys;
    const Size depth;
    const Encoding encoding_h, encoding_w;
    Floats rows;               // [channel][r], scaled
    Floats by_row, by_column;  // relative logits: [r][key's y], [r][key's x]; -infinity outside the map
    Size count = 0;
    Size y[query_rows] = {}, x[query_rows] = {};
};

// Calls visit.template block<V>(y, x, key) for V = 2 vectors of keys, or the last alone, until the tile is done; `key` is
// their place in the tile.
template <class Visit> HWY_INLINE void each_block(const Tile& tile, Visit& visit)
{
    const Size lanes = hn::Lanes(Tag());
    for (Size row = 0; row < tile.rows; ++row) {
        const Size y = tile.first_row + row, begin = row * tile.columns;
        Size x = 0;
        for (; x + 2 * lanes <= tile.columns; x += 2 * lanes) {
            visit.template block<2>(y, tile.first_column + x, begin + x);
        }
        if (x < tile.columns) {
            visit.template block<1>(y, tile.first_column + x, begin + x);
        }
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attnsweep::model
HWY_AFTER_NAMESPACE();

#endif
