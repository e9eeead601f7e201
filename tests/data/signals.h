#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "configs/geometry.h"

namespace attnsweep::tests {

/// One clip of a signal that shows a certain kind of mistake.
inline std::vector<float> clip_of(const std::string& kind, const configs::Geometry& geometry)
{
    const auto size = static_cast<std::size_t>(geometry.clip_samples());
    std::vector<float> samples(size, 0.0F);
    const double rate = geometry.sample_rate_hz;
    if (kind == "first_sample") {
        samples.front() = 1;
    } else if (kind == "last_sample") {
        samples.back() = 1;
    } else if (kind == "constant") {
        samples.assign(size, 0.3F);
    } else if (kind == "noise") {
        std::uint32_t state = 12345;
        for (float& sample : samples) {
            state = state * 1664525U + 1013904223U;
            sample = static_cast<float>(state) / 4294967296.0F - 0.5F;
        }
    } else if (kind == "chirp") {
        for (std::size_t n = 0; n < size; ++n) {
            const double time = static_cast<double>(n) / rate;
            samples[n] =
                static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * (40 * time + rate / 5 * time * time)));
        }
    }
    return samples;
}

/// Root of the summed squares of the difference, over that of the reference.
inline double relative_error(const std::vector<float>& found, const std::vector<double>& reference)
{
    double difference = 0, size = 0;
    for (std::size_t n = 0; n < reference.size(); ++n) {
        difference += (found[n] - reference[n]) * (found[n] - reference[n]);
        size += reference[n] * reference[n];
    }
    return std::sqrt(size > 0 ? difference / size : difference);  // absolute where the reference is zero
}

}  // namespace attnsweep::tests
