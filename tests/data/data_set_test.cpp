#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_set.h"
#include "data/error.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::HasSubstr;

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
