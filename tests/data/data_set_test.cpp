#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_set.h"
#include "data/error.h"
#include "data/inspection.h"
#include "tests/as_user.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class DataSet : public ::testing::Test {
protected:
    DataSet() : shards_(folder_ / "shards") { report_ = make_tone_data_set(folder_.path(), 2, 3); }
    std::string describe_error() const
    {
        return message_of<data::Error>([&] { data::describe(shards_); });
    }
    std::string open_error(Spectrogram spectrogram = Spectrogram::stft) const
    {
        return message_of<data::Error>([&] { data::DataSet::open(shards_, spectrogram); });
    }
    TemporaryFolder folder_;
    std::filesystem::path shards_;
    data::IngestReport report_;
};

TEST_F(DataSet, DescribesWhatTheIngestReported)
{
    const configs::DataSetDescription description = data::describe(shards_);
    EXPECT_EQ(description.path, shards_.string());
    EXPECT_EQ(description.geometry, tiny_geometry_of_data());
    EXPECT_EQ(description.classes, report_.description.classes);
    EXPECT_EQ(description.clips_per_class, report_.description.clips_per_class);
    EXPECT_EQ(description.clips, 12);
    EXPECT_EQ(description.recordings, 6);
    EXPECT_FALSE(description.has_manifest_split);
    for (const Spectrogram kind : {Spectrogram::stft, Spectrogram::cqt}) {
        EXPECT_EQ(description.set(kind).digest, report_.description.set(kind).digest);
        EXPECT_EQ(description.set(kind).digest.size(), 64U);
        EXPECT_EQ(description.set(kind).shards.size(), 1U);
    }
}

TEST_F(DataSet, AFolderThatMayNotBeReadAsksForReadPermission)
{
    if (!can_be_other_users()) {
        GTEST_SKIP() << "needs root, to be another user";
    }
    std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    std::filesystem::permissions(shards_, std::filesystem::perms::owner_all);
    EXPECT_THAT(as_user(65534, [this] { return describe_error(); }),
                AllOf(HasSubstr("shards/dataset.json: cannot be read: Permission denied"),
                      HasSubstr("read and search permission"), Not(HasSubstr("write"))));
}

TEST_F(DataSet, DescribingNeedsNoShard)
{
    std::filesystem::remove(shards_ / "stft-00000.h5");
    std::filesystem::remove(shards_ / "cqt-00000.h5");
    EXPECT_EQ(data::describe(shards_).clips, 12);
}

TEST_F(DataSet, NoDataSetThereSaysHowToMakeOne)
{
    std::filesystem::remove(shards_ / "dataset.json");
    EXPECT_THAT(describe_error(), AllOf(HasSubstr(shards_.string()), HasSubstr("attnsweep ingest")));
}

TEST_F(DataSet, ADamagedDescriptionSaysHowToRepairIt)
{
    const std::string text = bytes_of(shards_ / "dataset.json");
    for (const std::string& bytes :
         {text.substr(0, text.size() / 2), std::string("{}"), std::string("[1, 2]"), std::string()}) {
        write_bytes(shards_ / "dataset.json", bytes);
        EXPECT_THAT(describe_error(),
                    AllOf(HasSubstr("dataset.json"), HasSubstr("damaged"), HasSubstr("ingest again")));
    }
}

TEST_F(DataSet, ADamagedDescriptionIsNamedInOurWords)
{
    const std::string text = bytes_of(shards_ / "dataset.json");
    const auto said = [&](const std::string& bytes) {
        write_bytes(shards_ / "dataset.json", bytes);
        std::string message = describe_error();
        EXPECT_THAT(message, Not(AnyOf(HasSubstr("cannot use"), HasSubstr("parsing"), HasSubstr("parse error"),
                                       HasSubstr("type must be"), HasSubstr("json.exception"))));
        return message;
    };
    EXPECT_THAT(said("[]"), HasSubstr("it is no JSON object but an array"));
    EXPECT_THAT(said("7"), HasSubstr("it is no JSON object but 7"));
    EXPECT_THAT(said(""), HasSubstr("it is empty (0 bytes)"));
    EXPECT_THAT(said(text.substr(0, text.size() / 2)), HasSubstr("it ends in the middle (a cut copy?)"));
    EXPECT_THAT(said("{ broken }"), HasSubstr("it is no JSON from byte 3 on"));
    std::string other = text;
    other.replace(other.find("\"clips\": 12"), 11, "\"clips\": \"\"");
    EXPECT_THAT(said(other), HasSubstr("a value is not of the kind that it must be"));
}

TEST_F(DataSet, WhatIsInAShardsPlaceIsNamed)
{
    std::filesystem::remove(shards_ / "cqt-00000.h5");
    std::filesystem::create_directory(shards_ / "cqt-00000.h5");
    EXPECT_THAT(open_error(Spectrogram::cqt), AllOf(HasSubstr("cqt-00000.h5: is a folder"), HasSubstr("ingest")));
    std::filesystem::remove(shards_ / "stft-00000.h5");
    ASSERT_EQ(::mkfifo((shards_ / "stft-00000.h5").c_str(), 0600), 0);
    EXPECT_THAT(open_error(), AllOf(HasSubstr("stft-00000.h5: is a pipe"), HasSubstr("ingest")));
    EXPECT_THAT(data::verify(shards_).faults,
                UnorderedElementsAre(HasSubstr("cqt-00000.h5: is a folder"), HasSubstr("stft-00000.h5: is a pipe")));
}

// Each kind of spectrogram uses a part of the geometry: the shards of one may be older, of another value of the rest.
TEST_F(DataSet, AnEditOfWhatTheShardsHoldIsNoticed)
{
    const std::string text = bytes_of(shards_ / "dataset.json");
    const auto edited = [&](const std::string& before, const std::string& after) {
        std::string changed = text;
        const auto place = changed.find(before);
        EXPECT_NE(place, std::string::npos) << before;
        write_bytes(shards_ / "dataset.json", changed.replace(place, before.size(), after));
    };
    edited("\"fmin_hz\": 220.0", "\"fmin_hz\": 110.0");
    EXPECT_THAT(open_error(Spectrogram::cqt),
                AllOf(HasSubstr("cqt-00000.h5"), HasSubstr("fmin_hz = 220"), HasSubstr("dataset.json says 110")));
    EXPECT_EQ(data::DataSet::open(shards_, Spectrogram::stft).clips(), 12);
    edited("\"sample_rate_hz\": 4000", "\"sample_rate_hz\": 4001");
    EXPECT_THAT(open_error(), HasSubstr("sample_rate_hz = 4000, dataset.json says 4001"));
    edited("\"hop_samples\": 500", "\"hop_samples\": 499");
    EXPECT_THAT(open_error(), HasSubstr("hop_samples = 500, dataset.json says 499"));
    edited("\"bins_per_octave\": 12", "\"bins_per_octave\": 24");
    EXPECT_THAT(open_error(Spectrogram::cqt), HasSubstr("bins_per_octave = 12, dataset.json says 24"));
    edited("\"n_fft\": 64", "\"n_fft\": 128");
    EXPECT_THAT(open_error(), HasSubstr("n_fft = 64, dataset.json says 128"));
    edited("\"clips_per_class\": [\n    6,\n    6", "\"clips_per_class\": [\n    7,\n    5");
    EXPECT_THAT(open_error(), AllOf(HasSubstr("6 clips of `"), HasSubstr("dataset.json says 7")));
}

TEST_F(DataSet, AFolderThatIsNoneIsNotToBeWrittenInto)
{
    EXPECT_THAT(message_of<data::Error>([&] { data::describe(folder_ / "audio"); }),
                AllOf(HasSubstr("--data takes the folder that `attnsweep ingest --out` wrote"),
                      HasSubstr("did you mean " + (folder_ / "shards").string()), Not(HasSubstr("AUDIO_DIR"))));
    EXPECT_THAT(message_of<data::Error>([&] { data::describe(folder_.path()); }),
                HasSubstr("did you mean " + (folder_ / "shards").string()));
    write_bytes(folder_ / "file", "x");
    EXPECT_THAT(message_of<data::Error>([&] { data::describe(folder_ / "file"); }),
                AllOf(HasSubstr("is a file"), HasSubstr("did you mean " + (folder_ / "shards").string())));
    std::filesystem::create_directory(folder_ / "empty");
    EXPECT_THAT(message_of<data::Error>([&] { data::describe(folder_ / "empty"); }),
                HasSubstr("attnsweep ingest AUDIO_DIR --out "));
}

TEST_F(DataSet, ANewerFormatIsNamedAsSuch)
{
    std::string text = bytes_of(shards_ / "dataset.json");
    const std::string version = "\"format_version\": 1";
    text.replace(text.find(version), version.size(), "\"format_version\": 3");
    write_bytes(shards_ / "dataset.json", text);
    EXPECT_THAT(describe_error(), AllOf(HasSubstr("newer attnsweep"), HasSubstr("update")));
}

TEST_F(DataSet, AMissingOrShortShardIsNamed)
{
    std::filesystem::resize_file(shards_ / "cqt-00000.h5", 100);
    EXPECT_THAT(open_error(Spectrogram::cqt), AllOf(HasSubstr("cqt-00000.h5"), HasSubstr("100 bytes")));
    std::filesystem::remove(shards_ / "stft-00000.h5");
    EXPECT_THAT(open_error(), AllOf(HasSubstr("stft-00000.h5"), HasSubstr("No such file")));
}

TEST_F(DataSet, AnotherSetsShardIsNamed)
{
    TemporaryFolder other;
    make_tone_data_set(other.path(), 3, 2);  // as many clips of as many frames and bins
    std::filesystem::copy_file(other / "shards/stft-00000.h5", shards_ / "stft-00000.h5",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_THAT(open_error(), HasSubstr("stft-00000.h5"));
    EXPECT_THAT(open_error(), ::testing::Not(HasSubstr("nothing was thrown")));
}

TEST_F(DataSet, ClipsOutsideAreRefused)
{
    const data::DataSet set = data::DataSet::open(shards_, Spectrogram::stft);
    EXPECT_THROW(set.label(12), data::Error);
    EXPECT_THROW(set.magnitudes(-1), data::Error);
}

TEST_F(DataSet, BothKindsNumberTheirClipsAlike)
{
    const data::DataSet stft = data::DataSet::open(shards_, Spectrogram::stft);
    const data::DataSet cqt = data::DataSet::open(shards_, Spectrogram::cqt);
    EXPECT_EQ(stft.bins(), 33);
    EXPECT_EQ(cqt.bins(), 24);
    for (std::int64_t clip = 0; clip < 12; ++clip) {
        EXPECT_EQ(stft.source(clip), cqt.source(clip));
        EXPECT_EQ(stft.label(clip), cqt.label(clip));
        EXPECT_EQ(stft.group(clip), cqt.group(clip));
    }
}

}  // namespace
}  // namespace attnsweep::tests
