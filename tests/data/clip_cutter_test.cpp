#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soxr.h>

#include "data/audio/clip_cutter.h"
#include "data/error.h"
#include "tests/data/audio_files.h"

namespace attnsweep::tests {
namespace {

/// All samples at once through libsoxr, ceil(n to / from) of them.
std::vector<float> resampled_at_once(const std::vector<float>& samples, int from_hz, int to_hz)
{
    std::vector<float> out(static_cast<std::size_t>(std::ceil(double(samples.size()) * to_hz / from_hz)));
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    std::size_t read = 0, written = 0;
    soxr_oneshot(from_hz, to_hz, 1, samples.data(), samples.size(), &read, out.data(), out.size(), &written, nullptr,
                 &quality, nullptr);
    return out;
}

/// The clips, one after the other, of samples that arrive in blocks.
std::vector<float> cut(const std::vector<float>& samples, int from_hz, int to_hz, std::size_t clip_samples,
                       std::size_t block)
{
    std::vector<float> clips;
    data::ClipCutter cutter(from_hz, to_hz, clip_samples, [&](std::span<const float> clip) {
        EXPECT_EQ(clip.size(), clip_samples);
        clips.insert(clips.end(), clip.begin(), clip.end());
    });
    for (std::size_t at = 0; at < samples.size(); at += block) {
        cutter.push(std::span(samples).subspan(at, std::min(block, samples.size() - at)));
    }
    cutter.finish();
    return clips;
}

TEST(ClipCutter, GivesTheSamplesOfAnUncutResampling)
{
    for (const auto& [from, to] :
         {std::pair{44100, 22050}, {48000, 22050}, {22050, 44100}, {8000, 22050}, {96000, 4000}}) {
        const std::vector<float> samples = sine(0.1 * std::min(from, to), 3.3, from);
        std::vector<float> expected = resampled_at_once(samples, from, to);
        expected.resize(expected.size() / static_cast<std::size_t>(to) * static_cast<std::size_t>(to));
        ASSERT_EQ(expected.size(), 3U * static_cast<std::size_t>(to));
        for (const std::size_t block : {std::size_t{1000}, std::size_t{65536}, samples.size()}) {
            EXPECT_EQ(cut(samples, from, to, static_cast<std::size_t>(to), block), expected)
                << from << " to " << to << " Hz in blocks of " << block;
        }
    }
}

TEST(ClipCutter, ResamplesATone)
{
    const std::vector<float> expected = sine(1000, 1, 22050);
    const std::vector<float> found = cut(sine(1000, 1, 44100), 44100, 22050, 22050, 10000);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t n = 200; n + 200 < found.size(); ++n) {
        ASSERT_NEAR(found[n], expected[n], 1e-4) << "sample " << n;
    }
}

TEST(ClipCutter, RoundsTheNumberOfSamplesUp)
{
    EXPECT_EQ(cut(std::vector<float>(44099), 44100, 22050, 22050, 5000).size(), 22050U);
    EXPECT_EQ(cut(std::vector<float>(44098), 44100, 22050, 22050, 5000).size(), 0U);
    EXPECT_EQ(cut(std::vector<float>(250), 100, 100, 100, 7).size(), 200U);
    EXPECT_THROW(data::ClipCutter(0, 22050, 22050, {}), data::Error);
}

}  // namespace
}  // namespace attnsweep::tests
