#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/error.h"
#include "data/cqt.h"
#include "data/data_set.h"
#include "data/error.h"
#include "data/stft.h"
#include "files/checksum.h"
#include "tests/data/ingest_fixture.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(Ingest, CutsWholeSecondsAndLeavesOutTheRest)
{
    tone("tuba/short.wav", 0.99);
    tone("tuba/one.wav", 1.0);
    tone("tuba/long.wav", 3.7, 300);
    tone("flute/deep/er.wav", 2.0, 800, 8000);
    write_bytes(folder_ / "audio/README.md", "not a recording");
    write_bytes(folder_ / "audio/tuba/notes.txt", "neither");
    write_bytes(folder_ / "audio/tuba/.hidden.wav", "nor this");
    const data::IngestReport report = data::ingest(options());
    EXPECT_THAT(report.description.classes, ElementsAre("flute", "tuba"));
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(2, 4));
    EXPECT_EQ(report.description.clips, 6);
    EXPECT_EQ(report.description.recordings, 3);
    EXPECT_EQ(report.too_short, 1);
    EXPECT_EQ(report.other_files, 1);
    EXPECT_THAT(report.skipped, IsEmpty());
    EXPECT_THAT(report.written, ElementsAre(Spectrogram::stft, Spectrogram::cqt));

    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    ASSERT_EQ(set.clips(), 6);
    EXPECT_EQ(set.source(0), "flute/deep/er.wav");
    EXPECT_EQ(set.source(2), "tuba/long.wav");
    EXPECT_EQ(set.source(5), "tuba/one.wav");
    EXPECT_EQ(set.start_s(4), 2.0);
    EXPECT_EQ(set.label(1), 0);
    EXPECT_EQ(set.label(2), 1);
    EXPECT_EQ(set.group(2), set.group(4));
    EXPECT_NE(set.group(4), set.group(5));
}

TEST_F(Ingest, TheShardsHoldTheSpectrogramsOfTheClips)
{
    tone("a/x.wav", 2.5, 300);
    tone("b/y.wav", 1.0, 500);
    data::ingest(options());
    const std::vector<float> recording = decode(folder_ / "audio/a/x.wav").samples;
    const std::span<const float> second(recording.data() + 4000, 4000);
    const data::DataSet stft = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    std::vector<float> expected(static_cast<std::size_t>(stft.frames() * stft.bins()));
    data::Stft(tiny_geometry_of_data()).magnitudes(second, expected);
    EXPECT_THAT(stft.magnitudes(1), ::testing::ElementsAreArray(expected));
    const data::DataSet cqt = data::DataSet::open(folder_ / "shards", Spectrogram::cqt);
    expected.resize(static_cast<std::size_t>(cqt.frames()) * static_cast<std::size_t>(cqt.bins()));
    data::Cqt(tiny_geometry_of_data()).magnitudes(second, expected);
    EXPECT_THAT(cqt.magnitudes(1), ::testing::ElementsAreArray(expected));
}

TEST_F(Ingest, TheResultDoesNotDependOnTheNumberOfThreads)
{
    write_tone_corpus(folder_ / "audio", 3, 5, 2.4, 8000);
    data::IngestOptions one = options();
    one.threads = 1;
    one.shard_bytes = 5000;  // several shards of a few clips
    data::ingest(one);
    data::IngestOptions many = one;
    many.threads = 7;
    many.out = folder_ / "again";
    data::ingest(many);
    const auto first = hashes("shards");
    EXPECT_GT(first.size(), 10U);
    EXPECT_EQ(first, hashes("again"));
}

TEST_F(Ingest, ManyShardsReadAsOneDataSet)
{
    write_tone_corpus(folder_ / "audio", 2, 5, 2.4, 4000);
    data::IngestOptions small = options();
    small.shard_bytes = std::int64_t{9} * 33 * 4 * 3;  // three STFT clips
    data::ingest(small);
    data::IngestOptions large = options();
    large.out = folder_ / "one";
    data::ingest(large);
    const data::DataSet many = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    const data::DataSet one = data::DataSet::open(folder_ / "one", Spectrogram::stft);
    EXPECT_EQ(many.description().set(Spectrogram::stft).shards.size(), 7U);
    EXPECT_EQ(many.digest(), one.digest()) << "how a data set is cut into shards is no part of it";
    ASSERT_EQ(many.clips(), 20);
    for (std::int64_t clip = 0; clip < 20; ++clip) {
        EXPECT_EQ(many.source(clip), one.source(clip));
        EXPECT_EQ(many.start_s(clip), one.start_s(clip));
        EXPECT_THAT(many.magnitudes(clip), ::testing::ElementsAreArray(one.magnitudes(clip)));
    }
}

TEST_F(Ingest, WhatCannotBeUsedIsListedAndPassedOver)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    write_bytes(folder_ / "audio/instrument-01/broken.mp3", "this is no mp3");
    write_bytes(folder_ / "audio/instrument-01/empty.mp3", "");
    write_bytes(folder_ / "audio/zither/broken.flac", "fLaC, or not");
    std::filesystem::create_directories(folder_ / "audio/nothing");
    data::IngestOptions strict = options();
    const data::IngestReport report = data::ingest(strict);
    ASSERT_EQ(report.skipped.size(), 3U);
    EXPECT_EQ(report.skipped[0].source, "instrument-01/broken.mp3");
    EXPECT_THAT(report.skipped[0].reason, HasSubstr("cannot be decoded"));
    EXPECT_THAT(report.skipped[1].reason, HasSubstr("empty"));
    EXPECT_THAT(report.empty_classes, ElementsAre("nothing", "zither"));
    EXPECT_EQ(report.description.clips, 4);

    strict.strict = true;
    strict.out = folder_ / "strict";
    EXPECT_THAT(error(strict),
                AllOf(HasSubstr("3 of 7"), HasSubstr("instrument-01/broken.mp3"), HasSubstr("--strict")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "strict/dataset.json"));
}

TEST_F(Ingest, WrongFoldersAreErrorsWithRemedies)
{
    EXPECT_THAT(error(options()), AllOf(HasSubstr((folder_ / "audio").string()), HasSubstr("does not exist")));
    std::filesystem::create_directory(folder_ / "audio");
    EXPECT_THAT(error(options()), AllOf(HasSubstr("is empty"), HasSubstr("sub-folder per instrument")));
    write_bytes(folder_ / "audio/loose.wav", "x");
    EXPECT_THAT(error(options()), AllOf(HasSubstr("no sub-folders"), HasSubstr("--manifest")));
    std::filesystem::create_directory(folder_ / "audio/flute");
    EXPECT_THAT(error(options()), HasSubstr("no audio file in its 1 sub-folders"));
    tone("flute/a.wav", 1.5);
    EXPECT_THAT(error(options()), AllOf(HasSubstr("only one class, `flute`"), HasSubstr("at least two")));
    tone("tuba/a.wav", 0.5);
    EXPECT_THAT(error(options()),
                AllOf(HasSubstr("only one class has a usable recording, `flute`"), HasSubstr("tuba")));
    tone("flute/a.wav", 0.5);
    EXPECT_THAT(error(options()),
                AllOf(HasSubstr("none of 2 recordings"), HasSubstr("recordings can be used: 2 shorter than a clip")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "shards/dataset.json"));
}

TEST_F(Ingest, TheSameAudioUnderTwoNamesIsOneGroupAndDroppedWhenAsked)
{
    tone("cor-anglais/cor-anglais_C4.wav", 2.0, 300);
    tone("cor-anglais/cor-anglais_D4.wav", 2.0, 330);
    tone("tuba/a.wav", 1.0, 100);
    write_audio(folder_ / "audio/cor-anglais/english-horn_C4.flac", sine(300, 2.0, 4000), 4000,
                SF_FORMAT_FLAC | SF_FORMAT_PCM_16);  // another file, the same samples
    const data::IngestReport kept = data::ingest(options());
    EXPECT_EQ(kept.duplicates, 1);
    EXPECT_EQ(kept.duplicates_dropped, 0);
    EXPECT_THAT(kept.description.clips_per_class, ElementsAre(6, 1));
    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::cqt);
    EXPECT_EQ(set.source(4), "cor-anglais/english-horn_C4.flac");
    EXPECT_EQ(set.group(0), set.group(4));
    EXPECT_NE(set.group(0), set.group(2));

    data::IngestOptions dropping = options();
    dropping.duplicates = data::Duplicates::drop;
    dropping.out = folder_ / "dropped";
    const data::IngestReport dropped = data::ingest(dropping);
    EXPECT_EQ(dropped.duplicates_dropped, 1);
    EXPECT_THAT(dropped.description.clips_per_class, ElementsAre(4, 1));
    EXPECT_EQ(data::DataSet::open(folder_ / "dropped", Spectrogram::cqt).source(0), "cor-anglais/cor-anglais_C4.wav");
    EXPECT_NE(dropped.description.set(Spectrogram::cqt).digest, kept.description.set(Spectrogram::cqt).digest);
}

TEST_F(Ingest, ACopyUnderAnotherClassIsToldOf)
{
    tone("tuba/a.wav", 1.0, 100);
    tone("flute/a.wav", 1.0, 100);
    EXPECT_THAT(data::ingest(options()).duplicates_across_classes,
                ElementsAre("flute/a.wav (`flute`) and tuba/a.wav (`tuba`)"));
}

TEST_F(Ingest, AManifestGivesPartsGroupsAndSplit)
{
    tone("long.wav", 10.0, 300);
    tone("other.wav", 3.0, 500);
    tone("third.wav", 3.0, 700);
    write_bytes(folder_ / "audio/files.csv", "path,label,group,split,start_s,end_s\n"
                                             "long.wav,tuba,,train,1.5,4.6\n"
                                             "long.wav,tuba,,test,6,\n"
                                             "other.wav,flute,solo,validation,,\n"
                                             "third.wav,flute,solo,test,0,2\n");
    data::IngestOptions manifest = options();
    manifest.audio_folder.clear();
    manifest.manifest = folder_ / "audio/files.csv";
    const data::IngestReport report = data::ingest(manifest);
    EXPECT_THAT(report.description.classes, ElementsAre("flute", "tuba"));
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(5, 7));
    EXPECT_TRUE(report.description.has_manifest_split);
    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    EXPECT_EQ(set.source(0), "long.wav");
    EXPECT_EQ(set.start_s(0), 1.5);
    EXPECT_EQ(set.start_s(2), 3.5);
    EXPECT_EQ(set.start_s(3), 6.0);
    EXPECT_EQ(set.manifest_split(0), data::ManifestSplit::train);
    EXPECT_EQ(set.manifest_split(3), data::ManifestSplit::test);
    EXPECT_EQ(set.manifest_split(7), data::ManifestSplit::validation);
    EXPECT_EQ(set.group(0), set.group(3)) << "parts of one recording are one group";
    EXPECT_EQ(set.group(7), set.group(10)) << "so are those the manifest joins";
    EXPECT_NE(set.group(0), set.group(7));
    EXPECT_EQ(report.duplicates, 0);
}

TEST_F(Ingest, AManifestsMistakesAreNamedByLine)
{
    tone("a.wav", 2.0, 300);
    tone("b.wav", 2.0, 500);
    data::IngestOptions manifest = options();
    manifest.audio_folder.clear();
    manifest.manifest = folder_ / "audio/files.csv";
    write_bytes(manifest.manifest, "path,label\na.wav,tuba\ngone.wav,flute\ngone2.wav,flute\n");
    EXPECT_THAT(error(manifest), AllOf(HasSubstr("files.csv:3"), HasSubstr("gone.wav"), HasSubstr("1 more")));
    write_bytes(manifest.manifest, "path,label\na.wav,tuba\nb.wav,tuba\n");
    EXPECT_THAT(error(manifest), HasSubstr("only one class, `tuba`"));
    write_bytes(manifest.manifest,
                "path,label,start_s,end_s\na.wav,tuba,,\nb.wav,flute,,\nb.wav,flute,9,\nb.wav,flute,0,7\n");
    const data::IngestReport report = data::ingest(manifest);
    ASSERT_EQ(report.skipped.size(), 2U);
    EXPECT_THAT(report.skipped[0].source, HasSubstr("files.csv:4"));
    EXPECT_THAT(report.skipped[0].reason, AllOf(HasSubstr("start_s = 9"), HasSubstr("2.000 s")));
    EXPECT_THAT(report.skipped[1].reason, HasSubstr("end_s = 7"));
}

TEST_F(Ingest, TimesOutsideEveryRecordingAreToldAsSuch)
{
    tone("tuba/a.wav", 2.0);
    tone("violin/b.wav", 2.0, 800);
    write_bytes(folder_ / "files.csv",
                "path,label,start_s,end_s\naudio/tuba/a.wav,tuba,,9\naudio/violin/b.wav,violin,3,\n");
    data::IngestOptions chosen = options();
    chosen.audio_folder.clear();
    chosen.manifest = folder_ / "files.csv";
    EXPECT_THAT(error(chosen), AllOf(HasSubstr("files.csv: none of 2 recordings can be used: 2 with a start_s or end_s "
                                               "outside the recording; give times in seconds from the recording's "
                                               "start\n"),
                                     HasSubstr("files.csv:2: audio/tuba/a.wav: end_s = 9 is after the recording's end"),
                                     Not(HasSubstr("libsndfile"))));
}

TEST_F(Ingest, ALimitTakesPartOfEachClass)
{
    write_tone_corpus(folder_ / "audio", 3, 6, 2.05, 4000);
    data::IngestOptions limited = options();
    limited.max_clips_per_class = 5;
    EXPECT_THAT(data::ingest(limited).description.clips_per_class, ElementsAre(5, 5, 5));
}

TEST_F(Ingest, TheDigestKnowsContentAndParametersAndNotNames)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    const configs::DataSetDescription first = data::ingest(options()).description;
    std::filesystem::rename(folder_ / "audio", folder_ / "moved");
    data::IngestOptions moved = options();
    moved.audio_folder = folder_ / "moved";
    moved.out = folder_ / "second";
    moved.geometry.n_fft = 128;
    const configs::DataSetDescription second = data::ingest(moved).description;
    EXPECT_EQ(first.set(Spectrogram::cqt).digest, second.set(Spectrogram::cqt).digest);
    EXPECT_NE(first.set(Spectrogram::stft).digest, second.set(Spectrogram::stft).digest);
    std::filesystem::rename(folder_ / "moved/instrument-01", folder_ / "moved/instrument-02");
    moved.out = folder_ / "third";
    EXPECT_NE(data::ingest(moved).description.set(Spectrogram::cqt).digest, first.set(Spectrogram::cqt).digest)
        << "a class by another name";
}

TEST_F(Ingest, ProgressGoesFromReadingToWriting)
{
    write_tone_corpus(folder_ / "audio", 2, 2, 1.05, 4000);
    std::vector<std::string> seen;
    data::IngestOptions watched = options();
    watched.progress = [&](const data::IngestProgress& progress) {
        seen.push_back(progress.stage + " " + std::to_string(progress.done) + "/" + std::to_string(progress.total));
    };
    data::ingest(watched);
    EXPECT_THAT(seen, ElementsAre("reading 1/4", "reading 2/4", "reading 3/4", "reading 4/4", "writing 1/4",
                                  "writing 2/4", "writing 3/4", "writing 4/4"));
}

TEST_F(Ingest, AsksOfTheKindsWantedAloneWhetherTheirBinsFit)
{
    tone("tuba/one.wav", 1.0);
    tone("flute/one.wav", 1.0, 800);
    data::IngestOptions both = options();
    both.geometry.octaves = 12;
    EXPECT_THAT(error(both), HasSubstr("geometry: the CQT's highest bin lies at"));
    data::IngestOptions stft = both;
    stft.kinds = {Spectrogram::stft};
    EXPECT_THAT(data::ingest(stft).written, ElementsAre(Spectrogram::stft));
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::stft).clips(), 2);
    both.kinds = {Spectrogram::cqt};
    EXPECT_THAT(error(both), HasSubstr("geometry: the CQT's highest bin lies at"));
}

}  // namespace
}  // namespace attnsweep::tests
