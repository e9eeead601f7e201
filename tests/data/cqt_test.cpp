// CQT against its definition (data/cqt.h), evaluated directly in float64.
#include <complex>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/cqt.h"
#include "data/error.h"
#include "tests/data/audio_files.h"
#include "tests/data/signals.h"

namespace attnsweep::tests {
namespace {

std::vector<double> cqt_by_definition(const std::vector<float>& samples, const configs::Geometry& geometry)
{
    const int frames = geometry.frames();
    const int bins = geometry.bins(configs::Spectrogram::cqt);
    const double rate = geometry.sample_rate_hz;
    const double r = std::pow(2.0, 1.0 / geometry.bins_per_octave);
    const double q = (r * r + 1) / (r * r - 1);
    std::vector<double> magnitudes(static_cast<std::size_t>(frames) * static_cast<std::size_t>(bins));
    for (int bin = 0; bin < bins; ++bin) {
        const double frequency = geometry.fmin_hz * std::pow(2.0, double(bin) / geometry.bins_per_octave);
        const double length = q * rate / frequency;
        const auto begin = static_cast<int>(std::floor(-length / 2));
        const auto end = static_cast<int>(std::floor(length / 2));
        std::vector<std::complex<double>> filter;
        double norm = 0;
        for (int n = begin; n < end; ++n) {
            const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (n - begin) / (end - begin));
            filter.push_back(hann * std::polar(1.0, 2 * std::numbers::pi * frequency * n / rate));
            norm += std::abs(filter.back());
        }
        for (int t = 0; t < frames; ++t) {
            std::complex<double> sum = 0;
            for (int n = begin; n < end; ++n) {
                const int position = t * geometry.hop_samples + n;
                if (position >= 0 && position < geometry.clip_samples()) {
                    sum += double(samples[static_cast<std::size_t>(position)]) *
                           std::conj(filter[static_cast<std::size_t>(n - begin)]) / norm;
                }
            }
            magnitudes[static_cast<std::size_t>(t) * static_cast<std::size_t>(bins) + static_cast<std::size_t>(bin)] =
                std::abs(sum) * std::sqrt(length);
        }
    }
    return magnitudes;
}

// {rate, hop, n_fft, octaves, bins an octave, fmin}: even and odd hops, hops that divide nothing, filters much longer
// than the clip, few and many bins, one filter close to Nyquist.
const std::vector<configs::Geometry> geometries = {{4000, 64, 256, 4, 12, 65.4},  {4000, 37, 256, 3, 24, 40.0},
                                                   {3000, 251, 256, 2, 36, 9.0},  {2205, 100, 256, 5, 3, 25.0},
                                                   {1600, 1600, 64, 3, 12, 60.0}, {4410, 51, 256, 1, 12, 1080.0}};

class CqtDefinition : public ::testing::TestWithParam<std::tuple<int, std::string>> {};

TEST_P(CqtDefinition, IsMet)
{
    const configs::Geometry& geometry = geometries[static_cast<std::size_t>(std::get<0>(GetParam()))];
    const std::vector<float> samples = clip_of(std::get<1>(GetParam()), geometry);
    const std::vector<double> reference = cqt_by_definition(samples, geometry);
    std::vector<float> found(reference.size(), -1.0F);
    data::Cqt(geometry).magnitudes(samples, found);
    EXPECT_LT(relative_error(found, reference), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Signals, CqtDefinition,
                         ::testing::Combine(::testing::Range(0, 6),
                                            ::testing::Values("first_sample", "last_sample", "noise", "chirp")));

TEST(Cqt, TheFoldIsExactAndNothingWrapsRound)
{
    for (const configs::Geometry& geometry : geometries) {
        const data::Cqt cqt(geometry);
        EXPECT_EQ(cqt.padded_samples() % static_cast<std::size_t>(geometry.hop_samples), 0U);
        const double r = std::pow(2.0, 1.0 / geometry.bins_per_octave);
        const double longest = (r * r + 1) / (r * r - 1) * geometry.sample_rate_hz / geometry.fmin_hz;
        EXPECT_GT(double(cqt.padded_samples()), geometry.clip_samples() + longest / 2);
    }
}

TEST(Cqt, AToneHasItsPeakInItsBin)
{
    const configs::Geometry geometry;  // the paper's: A4 is 3 octaves and 9 semitones over C1
    std::vector<float> found(static_cast<std::size_t>(87) * 252);
    data::Cqt(geometry).magnitudes(sine(440, 1, 22050), found);
    const auto* middle = found.data() + static_cast<std::size_t>(43) * 252;
    EXPECT_EQ(std::max_element(middle, middle + 252) - middle, 3 * 36 + 9 * 3);
}

TEST(Cqt, BinsBeyondNyquistAreRefusedWithARemedy)
{
    configs::Geometry geometry;
    geometry.octaves = 9;
    const std::string message = message_of<data::Error>([&] { data::Cqt cqt(geometry); });
    EXPECT_THAT(message, ::testing::HasSubstr("22050 Hz"));
    EXPECT_THAT(message, ::testing::HasSubstr("fewer octaves"));
}

TEST(Cqt, OtherSizesAreRefused)
{
    const data::Cqt cqt(geometries.front());
    std::vector<float> out(10);
    EXPECT_THROW(cqt.magnitudes(std::vector<float>(4000), out), data::Error);
}

}  // namespace
}  // namespace attnsweep::tests
