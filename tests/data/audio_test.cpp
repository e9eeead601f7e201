#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/audio/clip_cutter.h"
#include "data/audio/file_kind.h"
#include "data/error.h"
#include "tests/as_user.h"
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
    const DecodedAudio audio = decode(path);
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
    const DecodedAudio audio = decode(folder / "stereo.wav");
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
    EXPECT_THAT(decode(folder / "gone.wav").problem, HasSubstr("does not exist"));
    EXPECT_THAT(decode(folder.path()).problem, HasSubstr("not a file"));
    EXPECT_THAT(decode(folder / "empty.mp3").problem, HasSubstr("empty"));
    EXPECT_THAT(decode(folder / "text.mp3").problem, HasSubstr("cannot be decoded"));
    EXPECT_THAT(decode(folder / "text.wav").problem, HasSubstr("cannot be decoded"));
}

TEST(Audio, WhatMayNotBeReadIsNotCalledShort)
{
    const TemporaryFolder folder;
    write_audio(folder / "a.wav", sine(440, 1, 8000), 8000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    if (!can_be_other_users()) {
        GTEST_SKIP() << "needs root, to be another user";
    }
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    std::filesystem::permissions(folder / "a.wav", std::filesystem::perms::none);
    EXPECT_EQ(as_user(65534, [&] { return decode(folder / "a.wav").problem; }),
              "cannot be read: Permission denied; give yourself read permission");
}

TEST(Audio, NoRecordingIsMadeOfValuesThatAreNoNumbers)
{
    const TemporaryFolder folder;
    std::vector<float> samples(4000, 0.1F);
    samples[2000] = std::numeric_limits<float>::quiet_NaN();
    write_audio(folder / "nan.wav", samples, 8000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    EXPECT_THAT(decode(folder / "nan.wav").problem, HasSubstr("not a finite number at 0.250 s"));
}

TEST(Audio, CountsWhatDecodesAndNotWhatTheHeaderPromises)
{
    const TemporaryFolder folder;
    write_audio(folder / "whole.mp3", sine(440, 4, 44100), 44100, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
    const std::string bytes = bytes_of(folder / "whole.mp3");
    write_bytes(folder / "half.mp3", bytes.substr(0, bytes.size() / 2));
    const DecodedAudio audio = decode(folder / "half.mp3");
    ASSERT_TRUE(audio.ok()) << audio.problem;
    EXPECT_GT(audio.duration_s(), 1.0);
    EXPECT_LT(audio.duration_s(), 3.0);
}

TEST(Audio, OneClipsMemoryIsEnoughForARecordingOfAnyLength)
{
    const TemporaryFolder folder;
    // An hour of silence at 48 kHz, 16 bits, in a file without data blocks.
    const std::uint32_t bytes = 3600U * 48000 * 2;
    write_audio(folder / "hour.wav", std::vector<float>(10), 48000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    std::string header = bytes_of(folder / "hour.wav").substr(0, 44);
    std::memcpy(header.data() + 40, &bytes, 4);
    write_bytes(folder / "hour.wav", header);
    std::filesystem::resize_file(folder / "hour.wav", 44 + std::uintmax_t{bytes});
    const auto peak_kib = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    const long before = peak_kib();
    int clips = 0;
    const data::ReadRecording read =
        data::for_each_clip(folder / "hour.wav", 8000, 8000, [&](std::span<const float>) { ++clips; });
    EXPECT_EQ(clips, 3600);
    EXPECT_EQ(read.duration_s, 3600);
    EXPECT_LT(peak_kib() - before, 20000) << "the hour takes 690 MB as float";
}

TEST(Audio, NamesTheFileItCannotRead)
{
    const TemporaryFolder folder;
    write_bytes(folder / "text.mp3", "this is no mp3\n");
    const std::string message = message_of<data::Error>(
        [&] { data::for_each_clip(folder / "text.mp3", 22050, 22050, [](std::span<const float>) {}); });
    EXPECT_THAT(message, HasSubstr((folder / "text.mp3").string()));
    EXPECT_THAT(message, HasSubstr("expected a recording"));
}

}  // namespace
}  // namespace attnsweep::tests
