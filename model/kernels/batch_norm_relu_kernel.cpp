#include "model/kernels/batch_norm_relu_kernel.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "model/kernels/floats.h"
#include "model/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/batch_norm_relu_kernel.cpp"
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

// Rows seen as periods: the fewest rows that fill whole vectors, so that place v of every period is of the same channel. The rows
// after the last period are handled one number at a time.
struct Periods {
    Periods(Size rows_, Size channels_)
        : rows(rows_), channels(channels_), floats(std::lcm(channels, hn::Lanes(Tag()))),
          count(rows * channels / floats)
    {
    }
    Size end() const { return count * floats; }    // of the periods
    Size size() const { return rows * channels; }  // with the rows after them

    // Floats for a period, the same in each call on a thread: parts are many, and memory need not be asked for with each.
    template <int which> const Floats& scratch() const
    {
        static thread_local std::optional<Floats> kept;
        if (!kept || kept->count < floats) {
            kept.emplace(floats);
        }
        return *kept;
    }

    // Writes each channel's number to all its places in a period.
    template <int which> const Floats& repeated(const float* of_channels) const
    {
        const Floats& result = scratch<which>();
        for (Size i = 0; i < floats; ++i) {
            *result.at(i) = of_channels[i % channels];
        }
        return result;
    }

    // Adds up the places of each channel.
    void gather(const Floats& places, float* of_channels) const
    {
        for (Size i = 0; i < floats; ++i) {
            of_channels[i % channels] += *places.at(i);
        }
    }

    Size rows, channels, floats, count;
};

// g: the gradient where y is above 0 or NaN, as libtorch's.
HWY_INLINE Vector let_through(Vector grad, Vector y)
{
    return hn::IfThenZeroElse(hn::Le(y, hn::Zero(Tag())), grad);
}

float let_through(float grad, float y)
{
    return y <= 0 ? 0.0F : grad;
}

void moments(const float* HWY_RESTRICT x, Size rows, Size channels, float* mean, float* squares)
{
    const Tag d;
    const Periods periods(rows, channels);
    const Floats& places = periods.scratch<0>();
    std::fill_n(mean, channels, 0.0F);
    std::fill_n(squares, channels, 0.0F);
    for (Size v = 0; v < periods.floats; v += hn::Lanes(d)) {
        Vector sum = hn::Zero(d);
        for (Size i = v; i < periods.end(); i += periods.floats) {
            sum = hn::Add(sum, hn::LoadU(d, x + i));
        }
        hn::Store(sum, d, places.at(v));
    }
    periods.gather(places, mean);
    for (Size i = periods.end(); i < periods.size(); ++i) {
        mean[i % channels] += x[i];
    }
    for (Size c = 0; c < channels; ++c) {
        mean[c] /= static_cast<float>(rows);
    }
    const Floats& centre = periods.repeated<1>(mean);
    for (Size v = 0; v < periods.floats; v += hn::Lanes(d)) {
        const Vector of_channel = hn::Load(d, centre.at(v));
        Vector sum = hn::Zero(d);
        for (Size i = v; i < periods.end(); i += periods.floats) {
            const Vector difference = hn::Sub(hn::LoadU(d, x + i), of_channel);
            sum = hn::MulAdd(difference, difference, sum);
        }
        hn::Store(sum, d, places.at(v));
    }
    periods.gather(places, squares);
    for (Size i = periods.end(); i < periods.size(); ++i) {
        const float difference = x[i] - mean[i % channels];
        squares[i % channels] += difference * difference;
    }
}

void normalised_and_rectified(const float* HWY_RESTRICT x, Size rows, Size channels, const float* mean,
                              const float* scale, const float* shift, float* HWY_RESTRICT y)
{
    const Tag d;
    const Periods periods(rows, channels);
    const Floats &centre = periods.repeated<0>(mean), &scales = periods.repeated<1>(scale),
                 &shifts = periods.repeated<2>(shift);
    const Vector zero = hn::Zero(d);
    for (Size begin = 0; begin < periods.end(); begin += periods.floats) {
        for (Size v = 0; v < periods.floats; v += hn::Lanes(d)) {
            const Vector difference = hn::Sub(hn::LoadU(d, x + begin + v), hn::Load(d, centre.at(v)));
            const Vector value = hn::MulAdd(difference, hn::Load(d, scales.at(v)), hn::Load(d, shifts.at(v)));
            hn::StoreU(hn::IfThenZeroElse(hn::Lt(value, zero), value), d, y + begin + v);
        }
    }
    for (Size i = periods.end(); i < periods.size(); ++i) {
        const Size c = i % channels;
        const float value = (x[i] - mean[c]) * scale[c] + shift[c];
        y[i] = value < 0 ? 0.0F : value;
    }
}

void gradient_sums(const float* HWY_RESTRICT grad, const float* HWY_RESTRICT y, const float* HWY_RESTRICT x, Size rows,
                   Size channels, const float* mean, float* sum, float* sum_by_x)
{
    const Tag d;
    const Periods periods(rows, channels);
    const Floats &centre = periods.repeated<0>(mean), &places = periods.scratch<1>(),
                 &places_by_x = periods.scratch<2>();
    std::fill_n(sum, channels, 0.0F);
    std::fill_n(sum_by_x, channels, 0.0F);
    for (Size v = 0; v < periods.floats; v += hn::Lanes(d)) {
        const Vector of_channel = hn::Load(d, centre.at(v));
        Vector total = hn::Zero(d), total_by_x = hn::Zero(d);
        for (Size i = v; i < periods.end(); i += periods.floats) {
            const Vector g = let_through(hn::LoadU(d, grad + i), hn::LoadU(d, y + i));
            total = hn::Add(total, g);
            total_by_x = hn::MulAdd(g, hn::Sub(hn::LoadU(d, x + i), of_channel), total_by_x);
        }
        hn::Store(total, d, places.at(v));
        hn::Store(total_by_x, d, places_by_x.at(v));
    }
    periods.gather(places, sum);
    periods.gather(places_by_x, sum_by_x);
    for (Size i = periods.end(); i < periods.size(); ++i) {
        const float g = let_through(grad[i], y[i]);
        sum[i % channels] += g;
        sum_by_x[i % channels] += g * (x[i] - mean[i % channels]);
    }
}

// grad_x may be y: each number is read before its place is written.
void input_gradient(const float* HWY_RESTRICT grad, const float* y, const float* HWY_RESTRICT x, Size rows,
                    Size channels, const float* mean, const float* grad_scale, const float* by_x, const float* offset,
                    float* grad_x)
{
    const Tag d;
    const Periods periods(rows, channels);
    const Floats &centre = periods.repeated<0>(mean), &scales = periods.repeated<1>(grad_scale),
                 &slopes = periods.repeated<2>(by_x), &offsets = periods.repeated<3>(offset);
    for (Size begin = 0; begin < periods.end(); begin += periods.floats) {
        for (Size v = 0; v < periods.floats; v += hn::Lanes(d)) {
            const Size i = begin + v;
            const Vector g = let_through(hn::LoadU(d, grad + i), hn::LoadU(d, y + i));
            const Vector difference = hn::Sub(hn::LoadU(d, x + i), hn::Load(d, centre.at(v)));
            const Vector rest = hn::MulAdd(difference, hn::Load(d, slopes.at(v)), hn::Load(d, offsets.at(v)));
            hn::StoreU(hn::MulAdd(g, hn::Load(d, scales.at(v)), rest), d, grad_x + i);
        }
    }
    for (Size i = periods.end(); i < periods.size(); ++i) {
        const Size c = i % channels;
        grad_x[i] = let_through(grad[i], y[i]) * grad_scale[c] + ((x[i] - mean[c]) * by_x[c] + offset[c]);
    }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attnsweep::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attnsweep::model {

HWY_EXPORT(moments);
HWY_EXPORT(normalised_and_rectified);
HWY_EXPORT(gradient_sums);
HWY_EXPORT(input_gradient);

void channel_moments(const float* x, std::size_t rows, std::size_t channels, float* mean, float* squares)
{
    HWY_DYNAMIC_DISPATCH(moments)(x, rows, channels, mean, squares);
}

void normalise_relu_rows(const float* x, std::size_t rows, std::size_t channels, const float* mean, const float* scale,
                         const float* shift, float* y)
{
    HWY_DYNAMIC_DISPATCH(normalised_and_rectified)(x, rows, channels, mean, scale, shift, y);
}

void channel_gradient_sums(const float* grad, const float* y, const float* x, std::size_t rows, std::size_t channels,
                           const float* mean, float* sum, float* sum_by_x)
{
    HWY_DYNAMIC_DISPATCH(gradient_sums)(grad, y, x, rows, channels, mean, sum, sum_by_x);
}

void channel_input_gradient(const float* grad, const float* y, const float* x, std::size_t rows, std::size_t channels,
                            const float* mean, const float* grad_scale, const float* by_x, const float* offset,
                            float* grad_x)
{
    HWY_DYNAMIC_DISPATCH(input_gradient)(grad, y, x, rows, channels, mean, grad_scale, by_x, offset, grad_x);
}

}  // namespace attnsweep::model
#endif
