#include "data/cqt.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <mutex>
#include <numbers>
#include <utility>
#include <vector>

#include <fftw3.h>
#include <fmt/format.h>

#include "data/data_config.h"
#include "data/error.h"
#include "data/fftw_buffer.h"
#include "data/folded_kernel.h"

namespace attnsweep::data {
namespace {

constexpr double kernel_cut =
    1e-6;  // of a filter's spectral peak; smaller values cost time and contribute 1e-5 of the clip

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

// What computing a clip needs besides the plan. Kept from clip to clip: memory fresh from the system costs a page fault
// each 4 KB, a third of a clip's time.
struct Workspace {
    FftwBuffer<float> clip;                       // padded with zeros
    FftwBuffer<std::complex<float>> spectrum;     // (padded / 2 + 1)
    FftwBuffer<float> laid_out, laid_out_turned;  // the spectrum as FoldedLayout says; the same, turned
    FftwBuffer<float> sums;                       // a row
    FftwBuffer<std::complex<float>> folded_rows;  // (bins, folded)
};

}  // namespace

struct Cqt::Plan {
    configs::Geometry geometry;
    std::size_t folded = 0;                   // M: points of a bin's inverse FFT, one per frame
    std::size_t padded = 0;                   // N = hop * M
    std::vector<FoldedKernel> kernels;        // the filters' spectra, scaled
    std::vector<bool> is_turned;              // which of them are real for the turned spectrum
    std::vector<std::complex<float>> turned;  // (padded): what turns the clip's spectrum
    fftwf_plan forward = nullptr, inverse = nullptr;
    std::mutex mutex;
    std::vector<std::unique_ptr<Workspace>> unused;  // at most one for each thread that computed at the same time

    ~Plan()
    {
        const std::lock_guard lock(fftw_planner());
        fftwf_destroy_plan(forward);
        fftwf_destroy_plan(inverse);
    }

    void make_kernels();
    void make_plans();
    FoldedLayout layout() const { return {padded / folded, folded}; }
    void lay_out(const std::complex<float>* spectrum, float* rows, float* rows_turned) const;
    std::unique_ptr<Workspace> take_workspace();
    void give_back(std::unique_ptr<Workspace> workspace);
    void transform(Workspace& workspace, std::span<const float> samples, std::span<float> out) const;
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
    for (std::size_t index = 0; index < n; ++index) {
        turned.emplace_back(std::polar(1.0, -std::numbers::pi * double(index) / double(n)));
    }
    auto filter = fftw_buffer<std::complex<double>>(n);
    auto* raw = reinterpret_cast<fftw_complex*>(filter.get());
    fftw_plan transform = nullptr;
    {
        const std::lock_guard lock(fftw_planner());
        transform = fftw_plan_dft_1d(static_cast<int>(n), raw, raw, FFTW_FORWARD, FFTW_ESTIMATE);
    }
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
        const std::size_t first = (centre + n - below) % n;
        const double scale = std::sqrt(length) / double(n);  // the definition's, and the inverse FFT's
        // A filter that is symmetric about sample 0 has a real spectrum, times one number of modulus 1 that no magnitude
        // depends on. Those of an odd number of points are symmetric about sample -1/2: real once that half is taken out.
        is_turned.push_back(points % 2 != 0);
        const double half = is_turned.back() ? std::numbers::pi / double(n) : 0.0;
        const double centre_exact = frequency(geometry, bin) * double(n) / geometry.sample_rate_hz;
        std::vector<float> kept;
        for (std::size_t j = 0; j <= below + above; ++j) {
            const std::size_t index = (first + j) % n;
            const std::complex<double> turn = std::polar(scale, half * (centre_exact - double(index)));
            kept.push_back(static_cast<float>((filter[index] * turn).real()));
        }
        kernels.emplace_back(layout(), first, kept);
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

// Real and imaginary parts are separate, so that the products run over plain arrays; the upper half, which a real
// clip's FFT leaves out, is for filters near Nyquist.
void Cqt::Plan::lay_out(const std::complex<float>* spectrum, float* rows, float* rows_turned) const
{
    const FoldedLayout to = layout();
    const auto put = [&](std::size_t row, std::size_t column, std::complex<float> value) {
        const std::size_t place = row * to.row_floats() + FoldedLayout::place(column);
        const std::complex<float> turn = turned[row * folded + column];
        rows[place] = value.real();
        rows[place + FoldedLayout::lanes] = value.imag();
        rows_turned[place] = value.real() * turn.real() - value.imag() * turn.imag();
        rows_turned[place + FoldedLayout::lanes] = value.real() * turn.imag() + value.imag() * turn.real();
    };
    for (std::size_t row = 0; row < to.rows; ++row) {
        const std::size_t first = row * folded;
        const std::size_t stored = std::clamp(padded / 2 + 1, first, first + folded) - first;
        for (std::size_t column = 0; column < stored; ++column) {
            put(row, column, spectrum[first + column]);
        }
        for (std::size_t column = stored; column < folded; ++column) {
            put(row, column, std::conj(spectrum[padded - first - column]));
        }
    }
}

std::unique_ptr<Workspace> Cqt::Plan::take_workspace()
{
    {
        const std::lock_guard lock(mutex);
        if (!unused.empty()) {
            std::unique_ptr<Workspace> workspace = std::move(unused.back());
            unused.pop_back();
            return workspace;
        }
    }
    const auto bins = static_cast<std::size_t>(geometry.bins(configs::Spectrogram::cqt));
    return std::make_unique<Workspace>(
        Workspace{fftw_buffer<float>(padded), fftw_buffer<std::complex<float>>(padded / 2 + 1),
                  fftw_buffer<float>(layout().rows * layout().row_floats()),
                  fftw_buffer<float>(layout().rows * layout().row_floats()), fftw_buffer<float>(layout().row_floats()),
                  fftw_buffer<std::complex<float>>(folded * bins)});
}

void Cqt::Plan::give_back(std::unique_ptr<Workspace> workspace)
{
    const std::lock_guard lock(mutex);
    unused.push_back(std::move(workspace));
}

void Cqt::Plan::transform(Workspace& workspace, std::span<const float> samples, std::span<float> out) const
{
    const auto frames = static_cast<std::size_t>(geometry.frames());
    const auto bins = static_cast<std::size_t>(geometry.bins(configs::Spectrogram::cqt));
    std::copy(samples.begin(), samples.end(), workspace.clip.get());  // after them are zeros
    fftwf_execute_dft_r2c(forward, workspace.clip.get(), reinterpret_cast<fftwf_complex*>(workspace.spectrum.get()));
    lay_out(workspace.spectrum.get(), workspace.laid_out.get(), workspace.laid_out_turned.get());

    std::complex<float>* rows = workspace.folded_rows.get();
    const float* sums = workspace.sums.get();
    for (std::size_t bin = 0; bin < bins; ++bin) {
        kernels[bin].product((is_turned[bin] ? workspace.laid_out_turned : workspace.laid_out).get(),
                             workspace.sums.get());
        for (std::size_t column = 0; column < folded; ++column) {
            const std::size_t place = FoldedLayout::place(column);
            rows[bin * folded + column] = {sums[place], sums[place + FoldedLayout::lanes]};
        }
    }
    auto* raw = reinterpret_cast<fftwf_complex*>(rows);
    fftwf_execute_dft(inverse, raw, raw);
    for (std::size_t t = 0; t < frames; ++t) {
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const std::complex<float> value = rows[bin * folded + t];
            out[t * bins + bin] = std::sqrt(value.real() * value.real() + value.imag() * value.imag());
        }
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
    for (const FoldedKernel& kernel : plan_->kernels) {
        sum += kernel.non_zeros();
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

    std::unique_ptr<Workspace> workspace = plan_->take_workspace();
    plan.transform(*workspace, samples, out);
    plan_->give_back(std::move(workspace));
}

}  // namespace attnsweep::data
