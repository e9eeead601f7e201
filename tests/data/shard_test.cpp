#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include "data/error.h"
#include "data/shard_reader.h"
#include "data/shard_writer.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::int64_t clip_count = 5;

std::vector<float> clip_values(std::int64_t clip)
{
    std::vector<float> values;
    values.reserve(std::size_t{9} * 24);
    for (int n = 0; n < 9 * 24; ++n) {
        values.push_back(static_cast<float>(1000 * (clip + 1) + n));
    }
    return values;
}

data::ShardContents contents()
{
    data::ShardContents contents;
    contents.geometry = tiny_geometry_of_data();
    contents.spectrogram = configs::Spectrogram::cqt;
    contents.classes = {"flute", "tuba"};
    contents.sources = {{"flute/a.wav", std::string(64, 'a')}, {"tuba/b.wav", std::string(64, 'b')}};
    contents.clips = {{0, 0, 0, 0.0, data::ManifestSplit::train},
                      {0, 0, 0, 1.0, data::ManifestSplit::train},
                      {1, 7, 1, 0.25, data::ManifestSplit::validation},
                      {1, 7, 1, 1.25, data::ManifestSplit::test},
                      {1, 7, 1, 2.25, data::ManifestSplit::none}};
    return contents;
}

class Shard : public ::testing::Test {
protected:
    Shard() : path_(folder_ / "cqt-00000.h5") {}
    void write()
    {
        data::ShardWriter writer(path_, contents());
        for (std::int64_t clip = clip_count; clip-- > 0;) {  // in any order
            writer.write(clip, clip_values(clip));
        }
        writer.commit();
    }
    std::string open_error() const
    {
        return message_of<data::Error>([&] { data::ShardReader reader(path_); });
    }
    TemporaryFolder folder_;
    std::filesystem::path path_;
};

TEST_F(Shard, ReadsBackWhatWasWritten)
{
    write();
    const data::ShardReader reader(path_);
    ASSERT_EQ(reader.clips(), clip_count);
    const data::ShardContents& read = reader.contents();
    const data::ShardContents expected = contents();
    EXPECT_EQ(read.geometry, expected.geometry);
    EXPECT_EQ(read.spectrogram, expected.spectrogram);
    EXPECT_EQ(read.classes, expected.classes);
    ASSERT_EQ(read.sources.size(), 2U);
    EXPECT_EQ(read.sources[1].name, "tuba/b.wav");
    EXPECT_EQ(read.sources[1].hash, std::string(64, 'b'));
    for (std::size_t clip = 0; clip < clip_count; ++clip) {
        EXPECT_EQ(read.clips[clip].label, expected.clips[clip].label);
        EXPECT_EQ(read.clips[clip].group, expected.clips[clip].group);
        EXPECT_EQ(read.clips[clip].source, expected.clips[clip].source);
        EXPECT_EQ(read.clips[clip].start_s, expected.clips[clip].start_s);
        EXPECT_EQ(read.clips[clip].split, expected.clips[clip].split);
        const auto values = reader.magnitudes(static_cast<std::int64_t>(clip));
        EXPECT_EQ(std::vector<float>(values.begin(), values.end()), clip_values(static_cast<std::int64_t>(clip)));
    }
    EXPECT_THROW(reader.magnitudes(clip_count), data::Error);
    EXPECT_THROW(reader.magnitudes(-1), data::Error);
}

TEST_F(Shard, OfANewerFormatIsNamed)
{
    write();
    const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    const std::int64_t version = 3;
    H5Awrite(attribute, H5T_NATIVE_INT64, &version);
    H5Aclose(attribute);
    H5Fclose(file);
    EXPECT_THAT(open_error(), HasSubstr("has shard format 3, this program reads 1 and 2"));
}

TEST_F(Shard, HasItsNameOnlyOnceItIsWhole)
{
    {
        data::ShardWriter writer(path_, contents());
        writer.write(0, clip_values(0));
        EXPECT_FALSE(std::filesystem::exists(path_));
        EXPECT_THAT(message_of<data::Error>([&] { writer.commit(); }), HasSubstr("clip 1 was never written"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "what was begun is left behind";
}

TEST_F(Shard, OtherSizesAreRefused)
{
    data::ShardWriter writer(path_, contents());
    EXPECT_THROW(writer.write(0, std::vector<float>(3)), data::Error);
    EXPECT_THROW(writer.write(clip_count, clip_values(0)), data::Error);
}

TEST_F(Shard, CutShortAnywhereItIsAnErrorWithItsRemedyAndNoSignal)
{
    write();
    const std::string bytes = bytes_of(path_);
    for (const double share : {0.0, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 0.999}) {
        write_bytes(path_, bytes.substr(0, static_cast<std::size_t>(share * double(bytes.size()))));
        EXPECT_THAT(open_error(), AllOf(HasSubstr(path_.string()), HasSubstr("truncated"), HasSubstr("ingest again")))
            << "cut at " << share;
    }
}

TEST_F(Shard, OneChangedByteIsFoundOnFirstTouchOfItsClip)
{
    write();
    std::string bytes = bytes_of(path_);
    const std::vector<float> values = clip_values(3);
    const auto place = bytes.find(std::string(reinterpret_cast<const char*>(values.data()), 64));
    ASSERT_NE(place, std::string::npos);
    bytes[place + 40] ^= 1;
    write_bytes(path_, bytes);
    const data::ShardReader reader(path_);
    EXPECT_NO_THROW(reader.magnitudes(2));
    EXPECT_THAT(message_of<data::Error>([&] { reader.magnitudes(3); }),
                AllOf(HasSubstr(path_.string()), HasSubstr("clip 3"), HasSubstr("tuba/b.wav"), HasSubstr("CRC-32C"),
                      HasSubstr("ingest again")));
    EXPECT_THROW(reader.magnitudes(3), data::Error) << "a damaged clip must not pass the second time";
}

TEST_F(Shard, WhatIsNoShardIsNamed)
{
    EXPECT_THAT(open_error(), AllOf(HasSubstr(path_.string()), HasSubstr("is missing")));
    write_bytes(path_, std::string(5000, 'x'));
    EXPECT_THAT(open_error(), AllOf(HasSubstr(path_.string()), HasSubstr("damaged"), HasSubstr("ingest again")));
}

// As a damaged object header may say; what HDF5 reads would be written behind the variable.
TEST_F(Shard, AnAttributeOfSeveralValuesOrBeyondItsRangeIsDamage)
{
    const auto put = [&](hid_t space, const std::vector<std::int64_t>& values) {
        write();
        const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        H5Adelete(file, "octaves");
        const hid_t attribute = H5Acreate2(file, "octaves", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, H5T_NATIVE_INT64, values.data());
        H5Aclose(attribute);
        H5Sclose(space);
        H5Fclose(file);
        return open_error();
    };
    const hsize_t several = 64;
    EXPECT_THAT(put(H5Screate_simple(1, &several, nullptr), std::vector<std::int64_t>(several, 2)),
                AllOf(HasSubstr("`octaves` is not one value"), HasSubstr("ingest again")));
    EXPECT_THAT(put(H5Screate(H5S_SCALAR), {std::int64_t{1} << 32U | 2}), HasSubstr("has octaves = 4294967298"));
    EXPECT_THAT(put(H5Screate(H5S_SCALAR), {1 << 30}), HasSubstr("octaves = 1073741824, expected 1 to 16"));
}

TEST_F(Shard, AFullDiskShowsBeforeTheWorkBegins)
{
    data::ShardContents huge = contents();
    huge.geometry = {384000, 1, 1 << 20, 2, 12, 220.0};  // 805 GB a clip
    huge.spectrogram = configs::Spectrogram::stft;
    huge.clips.resize(8);
    try {
        data::ShardWriter writer(path_, huge);
        FAIL() << "6 TB were there to take";
    } catch (const data::Error& error) {
        EXPECT_THAT(error.code(), AnyOf(ENOSPC, EFBIG)) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(path_.string()));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Shard, AFolderThatIsNotThereIsNamed)
{
    EXPECT_THAT(message_of<data::Error>([&] { data::ShardWriter writer(folder_ / "no/a.h5", contents()); }),
                AllOf(HasSubstr("no/a.h5"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace attnsweep::tests
