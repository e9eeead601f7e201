#include "model/kernels/winograd.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "model/kernels/floats.h"
#include "model/kernels/winograd_kernel.h"

namespace attnsweep::model {

namespace {

using Size = std::size_t;

constexpr Size points = winograd_points;
// Tiles of a unit of work: their planes stay in a second-level cache where channels are few, and where they are many each transformed
// weight that is read serves all of them.
constexpr Size unit_tiles = 48;
// The weights' gradient is summed in chunks of tiles, and over chunks in float64: small enough for a cache and for float32's digits,
// large enough that adding to all weights is little beside the products.
constexpr Size most_plane_floats = Size{1} << 19, least_chunk_units = 4;
// Of so few weights (in x out) the sums fit into a second-level cache beside a unit's planes: each group of tiles has its own.
constexpr Size most_weights_of_groups = Size{64} * 64, most_groups = 16, units_per_sum = 4;
// So many sums at a time, of some of the outputs: little beside the activations that backward still keeps.
constexpr Size most_sums = Size{1} << 21;

Size up_to(Size count, Size multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

Size row_floats(Size channels)
{
    return up_to(channels, winograd_lanes());
}

// Floats from one plane to the next: a line more than its rows, since with a power of two all planes' rows would share a cache's set.
Size plane_floats(Size tiles, Size row)
{
    return tiles * row + 16;
}

// Memory that a thread keeps for its units. `use` says which of a thread's memories it is.
template <int use> float* scratch(Size floats)
{
    static thread_local std::unique_ptr<Floats> kept;
    if (!kept || kept->count < floats) {
        kept.reset();
        kept = std::make_unique<Floats>(floats);
    }
    return kept->at(0);
}

// The tiles of all samples, numbered: 2 x 2 outputs each, the last of an odd height or width half outside.
class Tiles {
public:
    Tiles(const ConvolutionShape& shape, std::int64_t channels)
        : height_(shape.height), width_(shape.width), channels_(channels), rows_((shape.height + 1) / 2),
          columns_((shape.width + 1) / 2), count_(shape.samples * rows_ * columns_)
    {
    }
    Size count() const { return static_cast<Size>(count_); }

    // Where the 6 x 6 inputs of a tile are; `outside` for those that padding adds.
    void inputs(const float* map, Size tile, const float* outside, const float** places) const
    {
        find<6>(map, tile, outside, -2, places);
    }
    // Where the 2 x 2 outputs are.
    template <class Number> void outputs(Number* map, Size tile, Number* outside, Number** places) const
    {
        find<2>(map, tile, outside, 0, places);
    }

private:
    template <int size, class Number>
    void find(Number* map, Size number, Number* outside, std::int64_t shift, Number** places) const
    {
        const auto tile = static_cast<std::int64_t>(number);
        const std::int64_t sample = tile / (rows_ * columns_), row = tile / columns_ % rows_, column = tile % columns_;
        for (std::int64_t i = 0; i < size; ++i) {
            const std::int64_t y = 2 * row + shift + i;
            for (std::int64_t j = 0; j < size; ++j) {
                const std::int64_t x = 2 * column + shift + j;
                const bool is_inside = y >= 0 && y < height_ && x >= 0 && x < width_;
                places[size * i + j] = is_inside ? map + ((sample * height_ + y) * width_ + x) * channels_ : outside;
            }
        }
    }

    std::int64_t height_, width_, channels_, rows_, columns_, count_;
};

// Transformed weights: for each point a matrix (in, out), packed in panels as MatrixProduct says.
class PackedWeights {
public:
    // `turned`: of the input's gradient, from out to in.
    PackedWeights(const ConvolutionShape& shape, const float* weights, bool turned, const RunUnits& run)
        : depth_(static_cast<Size>(turned ? shape.out : shape.in)),
          columns_(row_floats(static_cast<Size>(turned ? shape.in : shape.out))),
          floats_(points * depth_ * columns_, columns_ == static_cast<Size>(turned ? shape.in : shape.out)
                                                  ? Floats::Holds::anything
                                                  : Floats::Holds::zeros)
    {
        const Size in = static_cast<Size>(shape.in), out = static_cast<Size>(shape.out), plane = row_floats(in);
        // A unit writes whole panels where outputs are columns, and whole rows where they are the depth.
        run(static_cast<std::int64_t>((out + panel_ - 1) / panel_), [&](std::int64_t unit) {
            float* rows = scratch<0>(columns_together * points * plane);
            const Size begin = static_cast<Size>(unit) * panel_, end = std::min(out, begin + panel_);
            for (Size first = begin; first < end; first += columns_together) {
                const Size count = std::min(columns_together, end - first);
                for (Size i = 0; i < count; ++i) {
                    winograd_weights(weights + (first + i) * 25 * in, in, turned, rows + i * points * plane, plane);
                }
                for (Size p = 0; p < points; ++p) {
                    if (!turned) {
                        write_columns(p, first, count, rows + p * plane, points * plane);
                        continue;
                    }
                    for (Size i = 0; i < count; ++i) {
                        write_row(p, first + i, rows + (i * points + p) * plane);
                    }
                }
            }
        });
    }
    const float* of(Size point) const { return floats_.at(point * depth_ * columns_); }
    Size depth() const { return depth_; }
    Size columns() const { return columns_; }

private:
    Size width_of_panel(Size begin) const { return std::min(panel_, columns_ - begin); }

    void write_row(Size point, Size row, const float* numbers)
    {
        float* matrix = floats_.at(point * depth_ * columns_);
        for (Size begin = 0; begin < columns_; begin += panel_) {
            const Size width = width_of_panel(begin);
            std::memcpy(matrix + begin * depth_ + row * width, numbers + begin, width * sizeof(float));
        }
    }
    // `count` columns of one panel from `first` on; numbers of the next are `step` further.
    void write_columns(Size point, Size first, Size count, const float* numbers, Size step)
    {
        const Size begin = first / panel_ * panel_, width = width_of_panel(begin);
        float* panel = floats_.at(point * depth_ * columns_ + begin * depth_) + (first - begin);
        for (Size row = 0; row < depth_; ++row) {
            for (Size i = 0; i < count; ++i) {
                panel[row * width + i] = numbers[i * step + row];
            }
        }
    }

    // Written at once, since the rows of a panel lie far apart: each is a line of the cache that has to be fetched.
    static constexpr Size columns_together = 8;

    Size panel_ = 2 * winograd_lanes(), depth_, columns_;
    Floats floats_;  // zeros in columns that only pad
};

// y (samples, height, width, channels of it) from x with these weights.
void convolve(const ConvolutionShape& shape, const float* x, Size x_channels, const PackedWeights& weights,
              const float* bias, float* y, Size y_channels, const RunUnits& run)
{
    const Tiles inputs(shape, static_cast<std::int64_t>(x_channels)),
        outputs(shape, static_cast<std::int64_t>(y_channels));
    const Size x_row = row_floats(x_channels), y_row = weights.columns();
    const Size x_plane = plane_floats(unit_tiles, x_row), y_plane = plane_floats(unit_tiles, y_row);
    const Floats zeros(x_row);
    run(static_cast<std::int64_t>((inputs.count() + unit_tiles - 1) / unit_tiles), [&](std::int64_t unit) {
        const Size first = static_cast<Size>(unit) * unit_tiles, count = std::min(unit_tiles, inputs.count() - first);
        const Size rows = up_to(count, product_rows);
        float* x_planes = scratch<0>(points * x_plane);
        float* y_planes = scratch<1>(points * y_plane);
        std::array<const float*, points> places;
        for (Size tile = 0; tile < rows; ++tile) {
            if (tile < count) {
                inputs.inputs(x, first + tile, zeros.at(0), places.data());
            } else {
                places.fill(zeros.at(0));
            }
            winograd_input_tile(places.data(), x_channels, x_planes + tile * x_row, x_plane);
        }
        for (Size p = 0; p < points; ++p) {
            multiply({.rows = rows,
                      .columns = y_row,
                      .depth = weights.depth(),
                      .a = x_planes + p * x_plane,
                      .a_row = x_row,
                      .a_depth = 1,
                      .b = weights.of(p),
                      .b_depth = 0,
                      .c = y_planes + p * y_plane,
                      .c_row = y_row,
                      .adds = false});
        }
        std::array<float*, 4> written;
        for (Size tile = 0; tile < count; ++tile) {
            outputs.outputs<float>(y, first + tile, nullptr, written.data());
            winograd_output_tile(y_planes + tile * y_row, y_plane, y_channels, bias, written.data());
        }
    });
}

// The parts of the weights' gradient of `out` outputs from `first_out` on. Its sums are (points, out_rows, x_row).
struct WeightGradient {
    WeightGradient(const ConvolutionShape& shape, const float* x_, const float* grad_y_, Size first_out, Size out_)
        : x(x_), grad_y(grad_y_ + first_out), in(static_cast<Size>(shape.in)), out(out_), x_row(row_floats(in)),
          out_rows(up_to(out, product_rows)), y_row(up_to(out_rows, winograd_lanes())), inputs(shape, shape.in),
          outputs(shape, shape.out), zeros(std::max(x_row, y_row))
    {
    }

    Size tiles() const { return inputs.count(); }
    Size units() const { return (tiles() + unit_tiles - 1) / unit_tiles; }
    Size sums_of_point() const { return out_rows * x_row; }

    // Transforms `count` tiles from `first` on. Columns of the outputs' planes that only pad are left as they are: they must be zeros.
    void transform(Size first, Size count, float* x_planes, Size x_plane, float* y_planes, Size y_plane) const
    {
        std::array<const float*, points> places;
        for (Size tile = 0; tile < count; ++tile) {
            inputs.inputs(x, first + tile, zeros.at(0), places.data());
            winograd_input_tile(places.data(), in, x_planes + tile * x_row, x_plane);
            outputs.outputs<const float>(grad_y, first + tile, zeros.at(0), places.data());
            winograd_gradient_tile(places.data(), out, y_planes + tile * y_row, y_plane);
        }
    }

    // Sums of a point over `count` tiles of its planes.
    void multiply_tiles(Size count, const float* x_plane, const float* y_plane, float* sums, bool adds) const
    {
        multiply({.rows = out_rows,
                  .columns = x_row,
                  .depth = count,
                  .a = y_plane,
                  .a_row = 1,
                  .a_depth = y_row,
                  .b = x_plane,
                  .b_depth = x_row,
                  .c = sums,
                  .c_row = x_row,
                  .adds = adds});
    }

    void write(const Floats& sums, float* grad_weights, const RunUnits& run) const
    {
        run(static_cast<std::int64_t>(out), [&](std::int64_t o) {
            winograd_weight_gradient_of(sums.at(static_cast<Size>(o) * x_row), sums_of_point(), in,
                                        grad_weights + static_cast<Size>(o) * 25 * in);
        });
    }

    const float *x, *grad_y;
    Size in, out, x_row, out_rows, y_row;
    Tiles inputs, outputs;
    Floats zeros;
};

// For few channels: each group of tiles has sums of its own, which stay in a thread's cache with the planes of a unit.
void sum_by_groups(const WeightGradient& gradient, float* grad_weights, const RunUnits& run)
{
    const Size x_plane = plane_floats(unit_tiles, gradient.x_row), y_plane = plane_floats(unit_tiles, gradient.y_row);
    const Size units = gradient.units(), groups = std::clamp(units / units_per_sum, Size{1}, most_groups),
               count = points * gradient.sums_of_point();
    std::vector<double> totals(groups * count);
    run(static_cast<std::int64_t>(groups), [&](std::int64_t number) {
        const Size group = static_cast<Size>(number), begin = group * units / groups,
                   end = (group + 1) * units / groups;
        float* x_planes = scratch<0>(points * x_plane);
        float* y_planes = scratch<1>(points * y_plane);
        float* sums = scratch<2>(count);
        std::fill_n(y_planes, points * y_plane, 0.0F);
        for (Size unit = begin; unit < end; ++unit) {
            const Size first = unit * unit_tiles, tiles = std::min(unit_tiles, gradient.tiles() - first);
            gradient.transform(first, tiles, x_planes, x_plane, y_planes, y_plane);
            const Size summed = (unit - begin) % units_per_sum;
            for (Size p = 0; p < points; ++p) {
                gradient.multiply_tiles(tiles, x_planes + p * x_plane, y_planes + p * y_plane,
                                        sums + p * gradient.sums_of_point(), summed > 0);
            }
            if (summed + 1 == units_per_sum || unit + 1 == end) {
                double* total = totals.data() + group * count;
                for (Size i = 0; i < count; ++i) {
                    total[i] += static_cast<double>(sums[i]);
                }
            }
        }
    });
    const Floats sums(count, Floats::Holds::anything);
    run(static_cast<std::int64_t>(points), [&](std::int64_t p) {
        const Size begin = static_cast<Size>(p) * gradient.sums_of_point();
        for (Size i = begin; i < begin + gradient.sums_of_point(); ++i) {
            double sum = 0;
            for (Size group = 0; group < groups; ++group) {
                sum += totals[group * count + i];
            }
            *sums.at(i) = static_cast<float>(sum);
        }
    });
    gradient.write(sums, grad_weights, run);
}

// For many channels: chunks of tiles, each transformed by all threads, then multiplied point by point.
void sum_by_points(const WeightGradient& gradient, float* grad_weights, const RunUnits& run)
{
    const Size x_row = gradient.x_row, y_row = gradient.y_row, tiles = gradient.tiles();
    const Floats sums(points * gradient.sums_of_point(), Floats::Holds::anything);
    const Size unit_floats = points * (x_row + y_row) * unit_tiles;
    const Size chunk =
        std::min(up_to(tiles, unit_tiles), std::max(least_chunk_units, most_plane_floats / unit_floats) * unit_tiles);
    std::vector<double> totals(tiles > chunk ? points * gradient.sums_of_point() : 0);
    const Size x_plane = plane_floats(chunk, x_row), y_plane = plane_floats(chunk, y_row);
    const Floats x_planes(points * x_plane, Floats::Holds::anything),
        y_planes(points * y_plane, y_row == row_floats(gradient.out) ? Floats::Holds::anything : Floats::Holds::zeros);
    for (Size first = 0; first < tiles; first += chunk) {
        const Size count = std::min(chunk, tiles - first);
        run(static_cast<std::int64_t>((count + unit_tiles - 1) / unit_tiles), [&](std::int64_t unit) {
            const Size begin = static_cast<Size>(unit) * unit_tiles;
            gradient.transform(first + begin, std::min(unit_tiles, count - begin), x_planes.at(begin * x_row), x_plane,
                               y_planes.at(begin * y_row), y_plane);
        });
        run(static_cast<std::int64_t>(points), [&](std::int64_t unit) {
            const Size p = static_cast<Size>(unit), size = gradient.sums_of_point();
            // In pieces of the depth that stay in a first-level cache.
            float* chunk_sums = sums.at(p * size);
            for (Size begin = 0; begin < count; begin += 2 * unit_tiles) {
                gradient.multiply_tiles(std::min(2 * unit_tiles, count - begin),
                                        x_planes.at(p * x_plane + begin * x_row),
                                        y_planes.at(p * y_plane + begin * y_row), chunk_sums, begin > 0);
            }
            for (Size i = 0; !totals.empty() && i < size; ++i) {
                double& total = totals[p * size + i];
                total += static_cast<double>(chunk_sums[i]);
                chunk_sums[i] = static_cast<float>(total);  // after the last chunk: all of them
            }
        });
    }
    gradient.write(sums, grad_weights, run);
}

}  // namespace

void winograd_forward(const ConvolutionShape& shape, const float* x, const float* weights, const float* bias, float* y,
                      const RunUnits& run)
{
    convolve(shape, x, static_cast<Size>(shape.in), PackedWeights(shape, weights, false, run), bias, y,
             static_cast<Size>(shape.out), run);
}

void winograd_input_gradient(const ConvolutionShape& shape, const float* grad_y, const float* weights, float* grad_x,
                             const RunUnits& run)
{
    convolve(shape, grad_y, static_cast<Size>(shape.out), PackedWeights(shape, weights, true, run), nullptr, grad_x,
             static_cast<Size>(shape.in), run);
}

void winograd_weight_gradient(const ConvolutionShape& shape, const float* x, const float* grad_y, float* grad_weights,
                              const RunUnits& run)
{
    const Size in = static_cast<Size>(shape.in), out = static_cast<Size>(shape.out);
    if (in * out <= most_weights_of_groups) {
        sum_by_groups(WeightGradient(shape, x, grad_y, 0, out), grad_weights, run);
        return;
    }
    const Size outs = std::max(most_sums / (points * row_floats(in) * product_rows), Size{1}) * product_rows;
    for (Size first = 0; first < out; first += outs) {
        sum_by_points(WeightGradient(shape, x, grad_y, first, std::min(outs, out - first)),
                      grad_weights + first * 25 * in, run);
    }
}

}  // namespace attnsweep::model
