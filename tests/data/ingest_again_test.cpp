// Ingest into a folder where an earlier one has left something.
#include <barrier>
#include <csignal>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/error.h"
#include "data/data_set.h"
#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(Ingest, TheSameContentAgainChangesNothing)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    data::ingest(options());
    const auto before = hashes();
    const auto time = std::filesystem::last_write_time(folder_ / "shards/stft-00000.h5");
    const data::IngestReport again = data::ingest(options());
    EXPECT_THAT(again.written, IsEmpty());
    EXPECT_EQ(again.description.spectrograms.size(), 2U);
    EXPECT_EQ(hashes(), before);
    EXPECT_EQ(std::filesystem::last_write_time(folder_ / "shards/stft-00000.h5"), time);
}

TEST_F(Ingest, OfTwoAtOnceIntoANewFolderOneSucceeds)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    for (int round = 0; round < 40; ++round) {
        data::IngestOptions both = options();
        both.out = folder_ / fmt::format("new-{}/shards", round);
        std::vector<std::string> ends(2);
        {
            std::barrier together(2);
            const auto one = [&](std::string& end) {
                together.arrive_and_wait();
                end = message_of<std::exception>([&] { data::ingest(both); });
            };
            const std::jthread a(one, std::ref(ends[0])), b(one, std::ref(ends[1]));
        }
        ASSERT_THAT(ends, ::testing::Contains("(nothing was thrown)")) << ends[0] << "\n" << ends[1];
        ASSERT_THAT(ends, ::testing::Each(::testing::AnyOf("(nothing was thrown)", HasSubstr("another ingest"))));
        ASSERT_EQ(data::describe(both.out).clips, 4);
    }
}

TEST_F(Ingest, OnlyAMissingKindIsWritten)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    data::IngestOptions one = options();
    one.kinds = {Spectrogram::cqt};
    data::ingest(one);
    EXPECT_EQ(data::describe(folder_ / "shards").spectrograms.size(), 1U);
    EXPECT_THAT(message_of<configs::Error>([&] { data::DataSet::open(folder_ / "shards", Spectrogram::stft); }),
                HasSubstr("stft"));
    const data::IngestReport report = data::ingest(options());
    EXPECT_THAT(report.written, ElementsAre(Spectrogram::stft));
    EXPECT_EQ(data::describe(folder_ / "shards").spectrograms.size(), 2U);
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::stft).clips(), 4);
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::cqt).clips(), 4);
}

TEST_F(Ingest, OtherContentIsRefusedUnlessItMayReplace)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    data::ingest(options());
    const auto before = hashes();
    data::IngestOptions other = options();
    other.geometry.hop_samples = 400;
    EXPECT_THAT(error(other), AllOf(HasSubstr((folder_ / "shards").string()), HasSubstr("--overwrite")));
    tone("instrument-00/new.wav", 1.0);
    EXPECT_THAT(error(options()), HasSubstr("--overwrite"));
    EXPECT_EQ(hashes(), before);
    other.overwrite = true;
    EXPECT_EQ(data::ingest(other).description.clips, 5);
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::stft).frames(), 11);
}

TEST_F(Ingest, AShardCutShortIsMadeAnewByTheSameIngest)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    data::ingest(options());
    const auto before = hashes();
    std::filesystem::resize_file(folder_ / "shards/stft-00000.h5", 3000);
    EXPECT_THAT(message_of<data::Error>([&] { data::DataSet::open(folder_ / "shards", Spectrogram::stft); }),
                AllOf(HasSubstr("stft-00000.h5"), HasSubstr("3000"), HasSubstr("attnsweep ingest")));
    EXPECT_THAT(data::ingest(options()).written, ElementsAre(Spectrogram::stft));
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::stft).clips(), 4);
    const auto now = hashes();
    EXPECT_EQ(now.at("stft-00000-2.h5"), before.at("stft-00000.h5"));
    EXPECT_FALSE(now.contains("stft-00000.h5")) << "the one cut short is gone, but only now";
}

TEST_F(Ingest, WhatABrokenOffIngestLeftIsClearedAway)
{
    write_tone_corpus(folder_ / "audio", 2, 1, 1.05, 4000);
    write_bytes(folder_ / "shards/stft-00007.h5", "old");
    write_bytes(folder_ / "shards/cqt-00000.h5.partial", "half");
    write_bytes(folder_ / "shards/mine.txt", "to be left alone");
    data::ingest(options());
    const auto now = hashes();
    EXPECT_FALSE(now.contains("stft-00007.h5"));
    EXPECT_FALSE(now.contains("cqt-00000.h5.partial"));
    EXPECT_TRUE(now.contains("mine.txt"));
}

TEST_F(Ingest, AFailureLeavesNoHalfDataSet)
{
    write_tone_corpus(folder_ / "audio", 2, 3, 1.05, 4000);
    data::IngestOptions failing = options();
    failing.shard_bytes = 1;  // a shard a clip, so that some are whole when it fails
    failing.threads = 1;
    failing.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 3) {
            std::filesystem::remove(folder_ / "audio/instrument-01/instrument-01-2.wav");
        }
    };
    EXPECT_THAT(error(failing), AllOf(HasSubstr("instrument-01-2.wav"), HasSubstr("changed")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "shards"));
}

// Kills an ingest in another process when `clips` clips are done.
void ingest_killed_after(data::IngestOptions options, std::int64_t clips)
{
    options.progress = [clips](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == clips) {
            ::raise(SIGKILL);
        }
    };
    EXPECT_EXIT(data::ingest(options), ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(Ingest, KilledAtAnyClipItGoesOnToTheSameBytes)
{
    write_tone_corpus(folder_ / "audio", 2, 3, 2.05, 8000);
    data::IngestOptions whole = options();
    whole.shard_bytes = std::int64_t{9} * 33 * 4 * 2;  // two clips of the STFT, three of the CQT
    whole.threads = 1;
    whole.out = folder_ / "whole";
    data::ingest(whole);
    std::int64_t resumed = 0;
    for (std::int64_t clips = 1; clips <= 12; ++clips) {
        data::IngestOptions killed = whole;
        killed.out = folder_ / "shards";
        ingest_killed_after(killed, clips);
        EXPECT_FALSE(std::filesystem::exists(killed.out / "dataset.json"));
        const data::IngestReport report = data::ingest(killed);
        EXPECT_GE(report.clips_resumed, clips / 6 * 6) << "the shards that were complete";
        resumed += report.clips_resumed;
        EXPECT_EQ(hashes(), hashes("whole")) << "killed after " << clips << " clips";
        std::filesystem::remove_all(killed.out);
    }
    EXPECT_GT(resumed, 40);
}

TEST_F(Ingest, WhatAnotherIngestLeftIsNotTakenOver)
{
    write_tone_corpus(folder_ / "audio", 2, 3, 2.05, 4000);
    data::IngestOptions one = options();
    one.shard_bytes = 1;
    one.threads = 1;
    ingest_killed_after(one, 6);
    data::IngestOptions other = one;
    other.geometry.fmin_hz = 230;  // shards of the same names and sizes
    other.kinds = {Spectrogram::cqt};
    EXPECT_EQ(data::ingest(other).clips_resumed, 0);
    data::IngestOptions fresh = other;
    fresh.out = folder_ / "fresh";
    data::ingest(fresh);
    EXPECT_EQ(hashes(), hashes("fresh"));
}

TEST_F(Ingest, AFailureKeepsWhatAKilledIngestHadCompleted)
{
    write_tone_corpus(folder_ / "audio", 2, 3, 2.05, 4000);
    data::IngestOptions one = options();
    one.shard_bytes = 1;
    one.threads = 1;
    ingest_killed_after(one, 6);
    const auto last = folder_ / "audio/instrument-01/instrument-01-2.wav";
    const std::string bytes = bytes_of(last);
    data::IngestOptions failing = one;
    failing.progress = [&](const data::IngestProgress& progress) {
        if (progress.stage == "writing" && progress.done == 8) {
            std::filesystem::remove(last);
        }
    };
    EXPECT_THAT(error(failing), HasSubstr("changed while it was being ingested"));
    write_bytes(last, bytes);
    EXPECT_GE(data::ingest(one).clips_resumed, 5);
}

TEST_F(Ingest, ADamagedShardOfAKilledIngestIsMadeAgain)
{
    write_tone_corpus(folder_ / "audio", 2, 3, 2.05, 4000);
    data::IngestOptions one = options();
    one.shard_bytes = 1;
    one.threads = 1;
    ingest_killed_after(one, 6);
    std::string bytes = bytes_of(folder_ / "shards/stft-00002.h5");
    bytes[bytes.size() / 2] ^= 1;
    write_bytes(folder_ / "shards/stft-00002.h5", bytes);
    write_bytes(folder_ / "shards/cqt-00001.h5", "cut");
    data::ingest(one);
    data::IngestOptions fresh = one;
    fresh.out = folder_ / "fresh";
    data::ingest(fresh);
    EXPECT_EQ(hashes(), hashes("fresh"));
}

}  // namespace
}  // namespace attnsweep::tests
