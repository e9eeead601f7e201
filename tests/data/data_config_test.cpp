#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_config.h"
#include "data/error.h"
#include "tests/data/audio_files.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DataConfig : public ::testing::Test {
protected:
    std::string error(const std::string& text) const
    {
        write_bytes(folder_ / "data.toml", text);
        return message_of<data::Error>([&] { data::read_data_config(folder_ / "data.toml"); });
    }
    TemporaryFolder folder_;
};

TEST_F(DataConfig, TheShippedOnesAreThePapersTwoReadings)
{
    const std::filesystem::path shipped = std::filesystem::path(attnsweep::tests::paths::source) / "configs/data";
    const data::DataConfig low = data::read_data_config(shipped / "paper-22050.toml");
    EXPECT_EQ(low.geometry, configs::Geometry());
    EXPECT_EQ(low.duplicates, data::Duplicates::drop)
        << "Table I counts 1,228 clips of the cor anglais, 2,456 with copies";
    const configs::Geometry high = data::read_data_config(shipped / "paper-44100.toml").geometry;
    EXPECT_EQ(high.sample_rate_hz, 44100);
    EXPECT_EQ(high.hop_samples, 512);
    for (const configs::Geometry& geometry : {low.geometry, high}) {
        EXPECT_EQ(geometry.frames(), 87);
        EXPECT_EQ(geometry.bins(configs::Spectrogram::stft), 1025);
        EXPECT_EQ(geometry.bins(configs::Spectrogram::cqt), 252);
    }
}

TEST_F(DataConfig, EveryShippedOneCanBeRead)
{
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(attnsweep::tests::paths::source) / "configs/data")) {
        EXPECT_NO_THROW(data::read_data_config(entry.path())) << entry.path();
        ++count;
    }
    EXPECT_GE(count, 2);
}

TEST_F(DataConfig, KeysLeftOutKeepTheirDefaults)
{
    write_bytes(folder_ / "data.toml", "[geometry]\nhop_samples = 1024\n[ingest]\nduplicates = \"drop\"\n");
    const data::DataConfig config = data::read_data_config(folder_ / "data.toml");
    EXPECT_EQ(config.geometry.hop_samples, 1024);
    EXPECT_EQ(config.geometry.n_fft, 2048);
    EXPECT_EQ(config.duplicates, data::Duplicates::drop);
    EXPECT_EQ(config.geometry.clip_s, 1);
    EXPECT_EQ(config.short_recordings, data::ShortRecordings::drop);
}

TEST_F(DataConfig, ClipsHaveALengthAndShortRecordingsMayBePadded)
{
    write_bytes(folder_ / "data.toml",
                "[geometry]\nsample_rate_hz = 16000\noctaves = 6\nclip_s = 3\n[ingest]\nshort = \"pad\"\n");
    const data::DataConfig config = data::read_data_config(folder_ / "data.toml");
    EXPECT_EQ(config.geometry.clip_s, 3);
    EXPECT_EQ(config.geometry.clip_samples(), 48000);
    EXPECT_EQ(config.geometry.frames(), 188);
    EXPECT_EQ(config.short_recordings, data::ShortRecordings::pad);
    EXPECT_THAT(error("[geometry]\nclip_s = \"3 s\"\n"),
                AllOf(HasSubstr("data.toml:2:"), HasSubstr("must be a number")));
    EXPECT_THAT(error("[geometry]\nclip_s = 0\n"),
                AllOf(HasSubstr("data.toml:1: [geometry]: clip_s = 0"), HasSubstr("expected 0.01 to 600 seconds")));
    EXPECT_THAT(error("[geometry]\nclip_s = nan\n"), HasSubstr("clip_s = nan, expected"));
    EXPECT_THAT(error("[ingest]\nshort = \"keep\"\n"),
                AllOf(HasSubstr("data.toml:2:"), HasSubstr("expected \"drop\" or \"pad\"")));
    EXPECT_THAT(error("[ingest]\nshort = 1\n"), AllOf(HasSubstr("data.toml:2:"), HasSubstr("`ingest.short`")));
}

TEST_F(DataConfig, AnUnknownKeyIsNamedWithItsPlaceAndTheNearest)
{
    EXPECT_THAT(error("[geometry]\nhop_sample = 256\n"),
                AllOf(HasSubstr("data.toml:2:1"), HasSubstr("geometry.hop_sample"), HasSubstr("`hop_samples`")));
    EXPECT_THAT(error("[geometry]\nclip_seconds = 3\n"),
                AllOf(HasSubstr("unknown key `geometry.clip_seconds`; did you mean `clip_s`?")));
    EXPECT_THAT(error("\n\n[ingst]\n"), AllOf(HasSubstr("data.toml:3:"), HasSubstr("ingst"), HasSubstr("`ingest`")));
}

TEST_F(DataConfig, WrongTypesAndImpossibleValuesAreNamedWithTheirPlace)
{
    EXPECT_THAT(error("[geometry]\nn_fft = \"big\"\n"), AllOf(HasSubstr("data.toml:2:"), HasSubstr("n_fft")));
    EXPECT_THAT(error("[geometry]\nn_fft = 2048.5\n"), AllOf(HasSubstr("data.toml:2:"), HasSubstr("whole number")));
    EXPECT_THAT(error("[geometry]\nhop_samples = 0\n"), HasSubstr("data.toml:2:"));
    EXPECT_THAT(error("[geometry]\nn_fft = 2047\n"), AllOf(HasSubstr("data.toml:1"), HasSubstr("even")));
    EXPECT_THAT(error("[ingest]\nduplicates = \"merge\"\n"), AllOf(HasSubstr("data.toml:2:"), HasSubstr("\"drop\"")));
    EXPECT_THAT(error("geometry = 3\n"), AllOf(HasSubstr("data.toml:1:"), HasSubstr("[geometry]")));
}

TEST_F(DataConfig, ACqtBeyondNyquistIsRefusedWhereOneIsAskedFor)
{
    const std::string nine_octaves = "[geometry]\noctaves = 9\n";
    EXPECT_THAT(
        error(nine_octaves),
        AllOf(HasSubstr("data.toml:1: [geometry]: the CQT's highest bin lies at 16424.7 Hz, beyond what 22050 Hz "
                        "can hold"),
              HasSubstr("--kinds stft")));
    EXPECT_EQ(data::read_data_config(folder_ / "data.toml", {configs::Spectrogram::stft}).geometry.octaves, 9);
}

TEST_F(DataConfig, WhatIsNoTomlIsNamedWithItsPlace)
{
    EXPECT_THAT(error("[geometry]\nn_fft = = 3\n"), HasSubstr("data.toml:2:"));
    EXPECT_THAT(error("[ingest]\nshort = “pad”\n"), AllOf(HasSubstr("data.toml:2:"), HasSubstr("straight quotes")));
    EXPECT_THAT(message_of<data::Error>([&] { data::read_data_config(folder_ / "gone.toml"); }),
                HasSubstr((folder_ / "gone.toml").string()));
}

}  // namespace
}  // namespace attnsweep::tests
