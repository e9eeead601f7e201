// STFT against the sum it stands for, in float64.
#include <complex>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/error.h"
#include "data/stft.h"
#include "tests/data/signals.h"

namespace attnsweep::tests {
namespace {

std::vector<double> stft_by_definition(const std::vector<float>& samples, const configs::Geometry& geometry)
{
    const int frames = geometry.frames();
    const int bins = geometry.bins(configs::Spectrogram::stft);
    std::vector<double> magnitudes;
    for (int t = 0; t < frames; ++t) {
        for (int bin = 0; bin < bins; ++bin) {
            std::complex<double> sum = 0;
            for (int n = 0; n < geometry.n_fft; ++n) {
                const int position = t * geometry.hop_samples - geometry.n_fft / 2 + n;
                if (position < 0 || position >= geometry.clip_samples()) {
                    continue;
                }
                const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / geometry.n_fft);
                sum += double(samples[static_cast<std::size_t>(position)]) * hann *
                       std::polar(1.0, -2 * std::numbers::pi * bin * n / geometry.n_fft);
            }
            magnitudes.push_back(std::abs(sum));
        }
    }
    return magnitudes;
}

class StftDefinition : public ::testing::TestWithParam<std::tuple<int, std::string>> {};

TEST_P(StftDefinition, IsMet)
{
    static const std::vector<configs::Geometry> geometries = {
        {1000, 64, 128, 2, 12, 50}, {1000, 37, 50, 2, 12, 50}, {800, 300, 32, 2, 12, 50}, {600, 100, 1024, 2, 12, 50}};
    const configs::Geometry& geometry = geometries[static_cast<std::size_t>(std::get<0>(GetParam()))];
    const std::vector<float> samples = clip_of(std::get<1>(GetParam()), geometry);
    const std::vector<double> reference = stft_by_definition(samples, geometry);
    std::vector<float> found(reference.size(), -1.0F);
    data::Stft(geometry).magnitudes(samples, found);
    EXPECT_LT(relative_error(found, reference), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Signals, StftDefinition,
                         ::testing::Combine(::testing::Range(0, 4), ::testing::Values("first_sample", "last_sample",
                                                                                      "constant", "noise", "chirp")));

TEST(Stft, SilenceIsZeros)
{
    const configs::Geometry geometry;
    std::vector<float> found(static_cast<std::size_t>(87) * 1025, -1.0F);
    data::Stft(geometry).magnitudes(std::vector<float>(22050), found);
    EXPECT_THAT(found, ::testing::Each(0.0F));
}

TEST(Stft, OtherSizesAreRefused)
{
    const data::Stft stft{configs::Geometry()};
    std::vector<float> out(static_cast<std::size_t>(87) * 1025);
    EXPECT_THROW(stft.magnitudes(std::vector<float>(22049), out), data::Error);
    out.pop_back();
    EXPECT_THROW(stft.magnitudes(std::vector<float>(22050), out), data::Error);
}

}  // namespace
}  // namespace attnsweep::tests
