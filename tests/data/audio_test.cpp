#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/audio.h"
#include "data/error.h"
#include "tests/data/audio_files.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;

struct Format {
    const char* ending;
    int format;
    bool lossless;
};

class AudioFormats : public ::testing::TestWithParam<Format> {};

TEST_P(AudioFormats, DecodeToTheSamplesWritten)
{
    const TemporaryFolder folder;
    const auto path = folder / (std::string("tone.") + GetParam().ending);
    const std::vector<float> tone = sine(440, 1.5, 44100);
    write_audio(path, tone, 44100, GetParam().format);
    const data::DecodedAudio audio = data::decode(path);
    ASSERT_TRUE(audio.ok()) << audio.problem;
    EXPECT_EQ(audio.sample_rate_hz, 44100);
    EXPECT_EQ(audio.channels, 1);
    EXPECT_TRUE(data::looks_like_audio(path));
    // A lossy codec may pad its last frame.
    EXPECT_NEAR(double(audio.samples.size()), double(tone.size()), GetParam().lossless ? 0 : 2400);
    double error = 0;
    for (std::size_t n = 0; n < std::min(tone.size(), audio.samples.size()); ++n) {
        error = std::max(error, std::abs(double(tone[n]) - audio.samples[n]));
    }
    EXPECT_LT(error, GetParam().lossless ? 1e-4 : 0.1);
}

INSTANTIATE_TEST_SUITE_P(All, AudioFormats,
                         ::testing::Values(Format{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, true},
                                           Format{"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, true},
                                           Format{"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, true},
                                           Format{"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, false},
                                           Format{"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, false}),
                         [](const auto& format) { return std::string(format.param.ending); });

TEST(Audio, MixesChannelsByTheirMean)
{
    const TemporaryFolder folder;
    std::vector<float> interleaved;
    for (int n = 0; n < 1000; ++n) {
        interleaved.push_back(0.5F);
        interleaved.push_back(-0.25F);
    }
    write_audio(folder / "stereo.wav", interleaved, 8000, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2);
    const data::DecodedAudio audio = data::decode(folder / "stereo.wav");
    ASSERT_TRUE(audio.ok()) << audio.problem;
    EXPECT_EQ(audio.channels, 2);
    ASSERT_EQ(audio.samples.size(), 1000U);
    for (const float sample : audio.samples) {
        ASSERT_FLOAT_EQ(sample, 0.125F);
    }
}

TEST(Audio, WhatCannotBeDecodedIsAnOutcomeWithItsReason)
{
    const TemporaryFolder folder;
    write_bytes(folder / "empty.mp3", "");
    write_bytes(folder / "text.mp3", "this is no mp3\n");
    write_bytes(folder / "text.wav", "RIFF, but no more");
    EXPECT_THAT(data::decode(folder / "gone.wav").problem, HasSubstr("does not exist"));
    EXPECT_THAT(data::decode(folder.path()).problem, HasSubstr("not a file"));
    EXPECT_THAT(data::decode(folder / "empty.mp3").problem, HasSubstr("empty"));
    EXPECT_THAT(data::decode(folder / "text.mp3").problem, HasSubstr("cannot be decoded"));
    EXPECT_THAT(data::decode(folder / "text.wav").problem, HasSubstr("cannot be decoded"));
}

TEST(Audio, NoRecordingIsMadeOfValuesThatAreNoNumbers)
{
    const TemporaryFolder folder;
    std::vector<float> samples(4000, 0.1F);
    samples[2000] = std::numeric_limits<float>::quiet_NaN();
    write_audio(folder / "nan.wav", samples, 8000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    EXPECT_THAT(data::decode(folder / "nan.wav").problem, HasSubstr("not a finite number at 0.250 s"));
}

TEST(Audio, CountsWhatDecodesAndNotWhatTheHeaderPromises)
{
    const TemporaryFolder folder;
    write_audio(folder / "whole.mp3", sine(440, 4, 44100), 44100, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
    const std::string bytes = bytes_of(folder / "whole.mp3");
    write_bytes(folder / "half.mp3", bytes.substr(0, bytes.size() / 2));
    const data::DecodedAudio audio = data::decode(folder / "half.mp3");
    ASSERT_TRUE(audio.ok()) << audio.problem;
    EXPECT_GT(audio.duration_s(), 1.0);
    EXPECT_LT(audio.duration_s(), 3.0);
}

TEST(Audio, ResamplesATone)
{
    const std::vector<float> at_44100 = sine(1000, 1, 44100);
    const std::vector<float> expected = sine(1000, 1, 22050);
    const std::vector<float> found = data::resample(at_44100, 44100, 22050);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t n = 200; n + 200 < found.size(); ++n) {
        ASSERT_NEAR(found[n], expected[n], 1e-4) << "sample " << n;
    }
}

TEST(Audio, ResampledLengthIsRoundedUp)
{
    EXPECT_EQ(data::resample(std::vector<float>(44101), 44100, 22050).size(), 22051U);
    EXPECT_EQ(data::resample(std::vector<float>(8000), 8000, 22050).size(), 22050U);
    EXPECT_EQ(data::resample(std::vector<float>(123), 22050, 22050).size(), 123U);
    EXPECT_THROW(data::resample(std::vector<float>(10), 0, 22050), data::Error);
}

TEST(Audio, LoadRecordingNamesTheFileItCannotRead)
{
    const TemporaryFolder folder;
    write_bytes(folder / "text.mp3", "this is no mp3\n");
    const std::string message = message_of<data::Error>([&] { data::load_recording(folder / "text.mp3", 22050); });
    EXPECT_THAT(message, HasSubstr((folder / "text.mp3").string()));
    EXPECT_THAT(message, HasSubstr("expected an audio file"));
}

}  // namespace
}  // namespace attnsweep::tests
