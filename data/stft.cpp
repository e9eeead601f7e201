#include "data/stft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include <fftw3.h>
#include <fmt/format.h>

#include "data/data_config.h"
#include "data/error.h"
#include "data/fftw_buffer.h"

namespace attnsweep::data {

struct Stft::Plan {
    configs::Geometry geometry;
    std::vector<float> window;
    fftwf_plan transform = nullptr;

    ~Plan()
    {
        const std::lock_guard lock(fftw_planner());
        fftwf_destroy_plan(transform);
    }
};

Stft::Stft(const configs::Geometry& geometry) : plan_(std::make_unique<Plan>())
{
    check_geometry(geometry, "STFT", {configs::Spectrogram::stft});
    plan_->geometry = geometry;
    const int length = geometry.n_fft;
    plan_->window.resize(static_cast<std::size_t>(length));
    for (int n = 0; n < length; ++n) {
        plan_->window[static_cast<std::size_t>(n)] =
            static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / length));
    }

    auto in = fftw_buffer<float>(static_cast<std::size_t>(length));
    auto out = fftw_buffer<std::complex<float>>(static_cast<std::size_t>(length) / 2 + 1);
    const std::lock_guard lock(fftw_planner());
    // ESTIMATE: a measured plan may be another one each time, and then the last bits of the shards with it.
    plan_->transform =
        fftwf_plan_dft_r2c_1d(length, in.get(), reinterpret_cast<fftwf_complex*>(out.get()), FFTW_ESTIMATE);
}

Stft::~Stft() = default;
Stft::Stft(Stft&&) noexcept = default;
Stft& Stft::operator=(Stft&&) noexcept = default;

void Stft::magnitudes(std::span<const float> samples, std::span<float> out) const
{
    const configs::Geometry& geometry = plan_->geometry;
    const auto clip = static_cast<std::ptrdiff_t>(geometry.clip_samples());
    const auto frames = static_cast<std::size_t>(geometry.frames());
    const auto bins = static_cast<std::size_t>(geometry.bins(configs::Spectrogram::stft));
    if (samples.size() != static_cast<std::size_t>(clip) || out.size() != frames * bins) {
        throw Error(fmt::format("STFT: got {} samples and room for {} values, expected {} and {} x {}", samples.size(),
                                out.size(), clip, frames, bins));
    }

    const std::ptrdiff_t length = geometry.n_fft;
    auto frame = fftw_buffer<float>(static_cast<std::size_t>(length));
    auto spectrum = fftw_buffer<std::complex<float>>(bins);
    for (std::size_t t = 0; t < frames; ++t) {
        // Of the frame's samples, [begin, end) lie within the clip.
        const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(t) * geometry.hop_samples - length / 2;
        const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-start, 0, length);
        const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(clip - start, begin, length);
        std::fill(frame.get(), frame.get() + begin, 0.0F);
        for (std::ptrdiff_t n = begin; n < end; ++n) {
            frame.get()[n] = samples.data()[start + n] * plan_->window.data()[n];
        }
        std::fill(frame.get() + end, frame.get() + length, 0.0F);
        fftwf_execute_dft_r2c(plan_->transform, frame.get(), reinterpret_cast<fftwf_complex*>(spectrum.get()));
        float* row = out.data() + t * bins;
        for (std::size_t bin = 0; bin < bins; ++bin) {
            row[bin] =
                std::sqrt(spectrum[bin].real() * spectrum[bin].real() + spectrum[bin].imag() * spectrum[bin].imag());
        }
    }
}

}  // namespace attnsweep::data
