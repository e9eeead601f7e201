#include "data/scaling.h"

#include <algorithm>
#include <cmath>

namespace attnsweep::data {
namespace {

constexpr float decibel_floor = 1e-5F;

void divide_by_maximum(std::span<float> values)
{
    const float maximum = *std::max_element(values.begin(), values.end());
    if (maximum <= 0) {
        return;
    }
    for (float& value : values) {
        value /= maximum;
    }
}

void standardise(std::span<float> values)
{
    double sum = 0;
    for (const float value : values) {
        sum += value;
    }
    const double mean = sum / double(values.size());
    double squares = 0;
    for (const float value : values) {
        squares += (value - mean) * (value - mean);
    }
    const double deviation = std::sqrt(squares / double(values.size()));
    // The deviation of a constant clip is at most rounding; dividing by it would give noise.
    const bool constant = deviation <= 1e-6 * std::abs(mean) || deviation == 0;
    for (float& value : values) {
        value = constant ? 0.0F : static_cast<float>((value - mean) / deviation);
    }
}

}  // namespace

void scale_clip(std::span<float> values, configs::Scale scale, configs::Normalisation normalisation)
{
    if (values.empty()) {
        return;
    }
    if (normalisation == configs::Normalisation::clip_max) {
        divide_by_maximum(values);
    }
    if (scale == configs::Scale::power) {
        for (float& value : values) {
            value *= value;
        }
    } else if (scale == configs::Scale::decibel) {
        for (float& value : values) {
            value = 20.0F * std::log10(std::max(decibel_floor, value));
        }
    }
    if (normalisation == configs::Normalisation::clip_standard) {
        standardise(values);
    }
}

}  // namespace attnsweep::data
