#include "model/kernels/direct_weight_gradient.h"

#include <algorithm>
#include <vector>

#include "model/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/direct_weight_gradient.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace attnsweep::model {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 8>;  // the least number of outputs that there usually is
using Vector = hn::Vec<Tag>;
using Size = std::size_t;

// Adds the products of `rows` rows of inputs, of one channel with two zeros before and after each, and a row of the outputs' gradients, of
// 8 or 16 outputs, to sums (rows, 5, out). Ten sums at a time: as many additions as a processor has in flight.
template <Size rows, Size vectors>
HWY_INLINE void add_rows(const float* inputs, const float* gradients, Size width, Size out, double* sums)
{
    const Tag d;
    Vector products[rows][5][vectors];
    for (Size row = 0; row < rows; ++row) {
        for (Size tap = 0; tap < 5; ++tap) {
            for (Size v = 0; v < vectors; ++v) {
                products[row][tap][v] = hn::Zero(d);
            }
        }
    }
    for (Size x = 0; x < width; ++x) {
        Vector gradient[vectors];
        for (Size v = 0; v < vectors; ++v) {
            gradient[v] = hn::LoadU(d, gradients + x * out + v * hn::Lanes(d));
        }
        for (Size row = 0; row < rows; ++row) {
            for (Size tap = 0; tap < 5; ++tap) {
                const Vector input = hn::Set(d, inputs[row * (width + 4) + x + tap]);
                for (Size v = 0; v < vectors; ++v) {
                    products[row][tap][v] = hn::MulAdd(input, gradient[v], products[row][tap][v]);
                }
            }
        }
    }
    HWY_ALIGN float numbers[vectors * hn::MaxLanes(d)];
    for (Size row = 0; row < rows; ++row) {
        for (Size tap = 0; tap < 5; ++tap) {
            for (Size v = 0; v < vectors; ++v) {
                hn::Store(products[row][tap][v], d, numbers + v * hn::Lanes(d));
            }
            for (Size o = 0; o < vectors * hn::Lanes(d); ++o) {
                sums[(row * 5 + tap) * out + o] += static_cast<double>(numbers[o]);
            }
        }
    }
}

void add_last_outputs(const float* inputs, const float* gradients, Size width, Size out, Size count, double* sums)
{
    for (Size tap = 0; tap < 5; ++tap) {
        for (Size o = 0; o < count; ++o) {
            float sum = 0;
            for (Size x = 0; x < width; ++x) {
                sum += inputs[x + tap] * gradients[x * out + o];
            }
            sums[tap * out + o] += static_cast<double>(sum);
        }
    }
}

// Adds what a sample's input channel gives to sums (5, 5, out). `inputs` (height, width + 4): that channel, zeros at both ends of a row.
void add_channel(const float* inputs, const float* gradients, Size height, Size width, Size out, double* sums)
{
    const Size lanes = hn::Lanes(Tag());
    for (Size y = 0; y < height; ++y) {
        const float* gradient_row = gradients + y * width * out;
        const Size first = y < 2 ? 2 - y : 0, end = std::min<Size>(5, height + 2 - y);  // rows of taps inside the map
        const auto add = [&](Size o, Size tap_row, auto by_rows) {
            by_rows(inputs + (y + tap_row - 2) * (width + 4), gradient_row + o, width, out,
                    sums + tap_row * 5 * out + o);
        };
        Size o = 0;
        for (; o + 2 * lanes <= out; o += 2 * lanes) {
            for (Size tap_row = first; tap_row < end; ++tap_row) {
                add(o, tap_row, [](auto... given) HWY_ATTR { add_rows<1, 2>(given...); });
            }
        }
        for (; o + lanes <= out; o += lanes) {
            Size tap_row = first;
            for (; tap_row + 2 <= end; tap_row += 2) {
                add(o, tap_row, [](auto... given) HWY_ATTR { add_rows<2, 1>(given...); });
            }
            if (tap_row < end) {
                add(o, tap_row, [](auto... given) HWY_ATTR { add_rows<1, 1>(given...); });
            }
        }
        for (Size tap_row = first; o < out && tap_row < end; ++tap_row) {
            add_last_outputs(inputs + (y + tap_row - 2) * (width + 4), gradient_row + o, width, out, out - o,
                             sums + tap_row * 5 * out + o);
        }
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attnsweep::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attnsweep::model {

HWY_EXPORT(add_channel);

// Of samples, each with sums of its own: enough for the threads that a trial has.
constexpr std::size_t most_groups = 16;

void direct_weight_gradient(const ConvolutionShape& shape, const float* x, const float* grad_y, float* grad_weights,
                            const RunUnits& run)
{
    const auto size = [](std::int64_t number) { return static_cast<std::size_t>(number); };
    const std::size_t in = size(shape.in), out = size(shape.out), height = size(shape.height),
                      width = size(shape.width);
    const std::size_t samples = size(shape.samples), groups = std::min(samples, most_groups);
    std::vector<double> sums(groups * in * 25 * out);
    run(static_cast<std::int64_t>(groups * in), [&](std::int64_t unit) {
        const std::size_t group = size(unit) / in, channel = size(unit) % in;
        std::vector<float> inputs(height * (width + 4));
        for (std::size_t sample = group * samples / groups; sample < (group + 1) * samples / groups; ++sample) {
            const float* from = x + sample * height * width * in + channel;
            for (std::size_t y = 0; y < height; ++y) {
                float* to = inputs.data() + y * (width + 4) + 2;
                for (std::size_t column = 0; column < width; ++column) {
                    to[column] = from[(y * width + column) * in];
                }
            }
            HWY_DYNAMIC_DISPATCH(add_channel)
            (inputs.data(), grad_y + sample * height * width * out, height, width, out,
             sums.data() + size(unit) * 25 * out);
        }
    });
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t tap = 0; tap < 25; ++tap) {
            for (std::size_t channel = 0; channel < in; ++channel) {
                double sum = 0;
                for (std::size_t group = 0; group < groups; ++group) {
                    sum += sums[((group * in + channel) * 25 + tap) * out + o];
                }
                grad_weights[(o * 25 + tap) * in + channel] = static_cast<float>(sum);
            }
        }
    }
}

}  // namespace attnsweep::model
#endif
