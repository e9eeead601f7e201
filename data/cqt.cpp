#include "data/cqt.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <vector>

#include <fftw3.h>
#include <fmt/format.h>

#include "data/data_config.h"
#include "data/error.h"
#include "data/fftw_buffer.h"

namespace attnsweep::data {
namespace {

constexpr double kernel_cut =
    1e-6;  // of a filter's spectral peak; smaller values cost time and contribute 1e-5 of the clip

// One filter's spectrum, conjugated and scaled: `real.size()` adjacent bins of the clip's FFT from `first` on, of which
// the last may be beyond its end (they wrap).
struct Kernel {
    std::size_t first = 0;
    std::vector<float> real, imaginary;
};

// Returns the smallest product of 2, 3 and 5 that is >= least: a length at which FFTW is fast.
std::size_t smooth_length(std::size_t least)
{
    for (std::size_t length = least;; ++length) {
        std::size_t rest = length;
        for (const std::size_t prime : {2, 3, 5}) {
            while (rest % prime == 0) {
                rest /= prime;
            }
        }
        if (rest == 1) {
            return length;
        }
    }
}

}  // namespace

struct Cqt::Plan {
    configs::Geometry geometry;
    std::size_t folded = 0;  // M: points of a bin's inverse FFT, one per frame
    std::size_t padded = 0;  // N = hop * M
    std::vector<Kernel> kernels;
    fftwf_plan forward = nullptr, inverse = nullptr;

    ~Plan()
    {
        const std::lock_guard lock(fftw_planner());
        fftwf_destroy_plan(forward);
        fftwf_destroy_plan(inverse);
    }

    void make_kernels();
    void make_plans();
    void multiply_and_fold(const Kernel& kernel, const float* real, const float* imaginary, float* sum_real,
                           float* sum_imaginary) const;
};

namespace {

double quality(const configs::Geometry& geometry)
{
    const double r = std::exp2(1.0 / geometry.bins_per_octave);
    return (r * r + 1) / (r * r - 1);
}

double frequency(const configs::Geometry& geometry, int bin)
{
    return geometry.fmin_hz * std::exp2(static_cast<double>(bin) / geometry.bins_per_octave);
}

double filter_length(const configs::Geometry& geometry, int bin)
{
    return quality(geometry) * geometry.sample_rate_hz / frequency(geometry, bin);
}

}  // namespace

void Cqt::Plan::make_kernels()
{
    const int bins = geometry.bins(configs::Spectrogram::cqt);
    const auto n = padded;
    auto filter = fftw_buffer<std::complex<double>>(n);
    auto* raw = reinterpret_cast<fftw_complex*>(filter.get());
    fftw_plan transform = nullptr;
    {
        const std::lock_guard lock(fftw_planner());
        transform = fftw_plan_dft_1d(static_cast<int>(n), raw, raw, FFTW_FORWARD, FFTW_ESTIMATE);
    }
    kernels.resize(static_cast<std::size_t>(bins));
    for (int bin = 0; bin < bins; ++bin) {
        const double length = filter_length(geometry, bin);
        const auto begin = static_cast<std::int64_t>(std::floor(-length / 2));
        const auto end = static_cast<std::int64_t>(std::floor(length / 2));
        const auto points = end - begin;
        std::fill(filter.get(), filter.get() + n, std::complex<double>{});
        const double sum = double(points) / 2;  // of a periodic Hann window
        for (std::int64_t j = 0; j < points; ++j) {
            const std::int64_t position = begin + j;
            const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(j) / double(points));
            const double turns = frequency(geometry, bin) * double(position) / geometry.sample_rate_hz;
            const double angle = 2 * std::numbers::pi * (turns - std::floor(turns));
            const auto index = static_cast<std::size_t>(position < 0 ? position + std::int64_t(n) : position);
            filter[index] += std::polar(hann / sum, angle);  // what overlaps here is multiplied by zeros of the clip
        }
        fftw_execute(transform);

        const auto centre = static_cast<std::size_t>(
            std::llround(frequency(geometry, bin) * double(n) / geometry.sample_rate_hz) % std::int64_t(n));
        double peak = 0;
        for (std::size_t index = 0; index < n; ++index) {
            peak = std::max(peak, std::norm(filter[index]));
        }
        const double cut = kernel_cut * kernel_cut * peak;
        // Side lobes fall with the cube of the distance: keeps everything between the outermost values above the cut.
        std::size_t below = 0, above = 0;
        for (std::size_t away = 1; away < n / 2; ++away) {
            if (std::norm(filter[(centre + n - away) % n]) > cut) {
                below = away;
            }
            if (std::norm(filter[(centre + away) % n]) > cut) {
                above = away;
            }
        }
        Kernel& kernel = kernels[static_cast<std::size_t>(bin)];
        kernel.first = (centre + n - below) % n;
        const double scale = std::sqrt(length) / double(n);  // the definition's, and the inverse FFT's
        for (std::size_t j = 0; j <= below + above; ++j) {
            const std::complex<double> value = std::conj(filter[(kernel.first + j) % n]) * scale;
            kernel.real.push_back(static_cast<float>(value.real()));
            kernel.imaginary.push_back(static_cast<float>(value.imag()));
        }
    }
    const std::lock_guard lock(fftw_planner());
    fftw_destroy_plan(transform);
}

void Cqt::Plan::make_plans()
{
    const int bins = geometry.bins(configs::Spectrogram::cqt);
    auto clip = fftw_buffer<float>(padded);
    auto spectrum = fftw_buffer<std::complex<float>>(padded / 2 + 1);
    auto rows = fftw_buffer<std::complex<float>>(folded * static_cast<std::size_t>(bins));
    const int length = static_cast<int>(folded);
    auto* row = reinterpret_cast<fftwf_complex*>(rows.get());
    const std::lock_guard lock(fftw_planner());
    forward = fftwf_plan_dft_r2c_1d(static_cast<int>(padded), clip.get(),
                                    reinterpret_cast<fftwf_complex*>(spectrum.get()), FFTW_ESTIMATE);
    inverse = fftwf_plan_many_dft(1, &length, bins, row, nullptr, 1, length, row, nullptr, 1, length, FFTW_BACKWARD,
                                  FFTW_ESTIMATE);
}

void Cqt::Plan::multiply_and_fold(const Kernel& kernel, const float* real, const float* imaginary, float* sum_real,
                                  float* sum_imaginary) const
{
    std::size_t done = 0;
    const std::size_t count = kernel.real.size();
    while (done < count) {
        // A range in which neither the spectrum nor the fold wraps.
        const std::size_t from = (kernel.first + done) % padded;
        const std::size_t to = from % folded;
        const std::size_t run = std::min({count - done, folded - to, padded - from});
        const float* a = real + from;
        const float* b = imaginary + from;
        const float* c = kernel.real.data() + done;
        const float* d = kernel.imaginary.data() + done;
        float* s = sum_real + to;
        float* u = sum_imaginary + to;
        for (std::size_t j = 0; j < run; ++j) {
            s[j] += a[j] * c[j] - b[j] * d[j];
            u[j] += a[j] * d[j] + b[j] * c[j];
        }
        done += run;
    }
}

Cqt::Cqt(const configs::Geometry& geometry) : plan_(std::make_unique<Plan>())
{
    check_geometry(geometry, "CQT", {configs::Spectrogram::cqt});
    plan_->geometry = geometry;
    // A filter centred on any frame must not wrap around the padded length into the other end of the clip.
    const auto reach = static_cast<std::size_t>(std::ceil(filter_length(geometry, 0) / 2)) + 1;
    const auto hop = static_cast<std::size_t>(geometry.hop_samples);
    const std::size_t needed = static_cast<std::size_t>(geometry.clip_samples()) + reach;
    plan_->folded = smooth_length(std::max((needed + hop - 1) / hop, static_cast<std::size_t>(geometry.frames())));
    plan_->padded = hop * plan_->folded;
    plan_->make_kernels();
    plan_->make_plans();
}

Cqt::~Cqt() = default;
Cqt::Cqt(Cqt&&) noexcept = default;
Cqt& Cqt::operator=(Cqt&&) noexcept = default;

std::size_t Cqt::padded_samples() const
{
    return plan_->padded;
}

std::size_t Cqt::kernel_non_zeros() const
{
    std::size_t sum = 0;
    for (const Kernel& kernel : plan_->kernels) {
        sum += kernel.real.size();
    }
    return sum;
}

void Cqt::magnitudes(std::span<const float> samples, std::span<float> out) const
{
    const Plan& plan = *plan_;
    const auto clip = static_cast<std::size_t>(plan.geometry.clip_samples());
    const auto frames = static_cast<std::size_t>(plan.geometry.frames());
    const auto bins = static_cast<std::size_t>(plan.geometry.bins(configs::Spectrogram::cqt));
    if (samples.size() != clip || out.size() != frames * bins) {
        throw Error(fmt::format("CQT: got {} samples and room for {} values, expected {} and {} x {}", samples.size(),
                                out.size(), clip, frames, bins));
    }

    const std::size_t n = plan.padded;
    auto padded = fftw_buffer<float>(n);
    std::copy(samples.begin(), samples.end(), padded.get());
    auto spectrum = fftw_buffer<std::complex<float>>(n / 2 + 1);
    fftwf_execute_dft_r2c(plan.forward, padded.get(), reinterpret_cast<fftwf_complex*>(spectrum.get()));

    // Real and imaginary parts are separate, so that the products run over plain arrays; the upper half is for filters
    // near Nyquist.
    std::vector<float> real(n), imaginary(n);
    for (std::size_t index = 0; index <= n / 2; ++index) {
        real[index] = spectrum[index].real();
        imaginary[index] = spectrum[index].imag();
    }
    for (std::size_t index = n / 2 + 1; index < n; ++index) {
        real[index] = spectrum[n - index].real();
        imaginary[index] = -spectrum[n - index].imag();
    }

    const std::size_t m = plan.folded;
    auto rows = fftw_buffer<std::complex<float>>(m * bins);
    std::vector<float> sum_real(m), sum_imaginary(m);
    for (std::size_t bin = 0; bin < bins; ++bin) {
        std::fill(sum_real.begin(), sum_real.end(), 0.0F);
        std::fill(sum_imaginary.begin(), sum_imaginary.end(), 0.0F);
        plan.multiply_and_fold(plan.kernels[bin], real.data(), imaginary.data(), sum_real.data(), sum_imaginary.data());
        for (std::size_t index = 0; index < m; ++index) {
            rows[bin * m + index] = {sum_real[index], sum_imaginary[index]};
        }
    }
    auto* row = reinterpret_cast<fftwf_complex*>(rows.get());
    fftwf_execute_dft(plan.inverse, row, row);
    for (std::size_t t = 0; t < frames; ++t) {
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const std::complex<float> value = rows[bin * m + t];
            out[t * bins + bin] = std::sqrt(value.real() * value.real() + value.imag() * value.imag());
        }
    }
}

}  // namespace attnsweep::data
