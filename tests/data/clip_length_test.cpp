// Clips of another length than the paper's second, and recordings shorter than a clip.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <nlohmann/json.hpp>

#include "data/data_set.h"
#include "data/inspection.h"
#include "data/stft.h"
#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ClipLength : public Ingest {
protected:
    data::IngestOptions of_length(double clip_s, const std::string& out = "shards") const
    {
        data::IngestOptions made = options();
        made.out = folder_ / out;
        made.geometry.clip_s = clip_s;
        return made;
    }
    static std::int64_t integer_attribute(const std::filesystem::path& shard, const char* name)
    {
        const hid_t file = H5Fopen(shard.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
        const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
        std::int64_t value = 0;
        H5Aread(attribute, H5T_NATIVE_INT64, &value);
        H5Aclose(attribute);
        H5Fclose(file);
        return value;
    }
    nlohmann::json description(const std::string& name = "shards") const
    {
        return nlohmann::json::parse(bytes_of(folder_ / (name + "/dataset.json")));
    }
};

// The digests are those of the version before clips had a length.
TEST_F(ClipLength, ThePapersLengthIsInNoDigestAndNoFile)
{
    const auto saw = [&](const std::string& name, int samples, int step) {
        std::vector<float> wave;
        wave.reserve(static_cast<std::size_t>(samples));
        for (int i = 0; i < samples; ++i) {
            wave.push_back(static_cast<float>((i * step) % 200 - 100) / 256.0F);
        }
        write_wav(folder_ / ("audio/" + name), wave, 4000);
    };
    saw("a/x.wav", 9000, 3);
    saw("a/y.wav", 4000, 5);
    saw("b/z.wav", 8500, 7);
    const configs::DataSetDescription made = data::ingest(of_length(1)).description;
    EXPECT_EQ(made.set(Spectrogram::stft).digest, "16fb4c13d863dcb6730ffb239a8d13f63ac953ce146e80788a317914210f0447");
    EXPECT_EQ(made.set(Spectrogram::cqt).digest, "447cbe998042d4e96c6141002d1b28f177dca5ad86becd907d7ea15684d6ddcf");
    EXPECT_EQ(description().at("format_version"), 1);
    EXPECT_THAT(bytes_of(folder_ / "shards/dataset.json"),
                AllOf(Not(HasSubstr("clip_s")), Not(HasSubstr("pads_short"))));
    EXPECT_EQ(integer_attribute(folder_ / "shards/stft-00000.h5", "format_version"), 1);
    EXPECT_THAT(bytes_of(folder_ / "shards/stft-00000.h5"), Not(HasSubstr("clip_s")));
    data::IngestOptions padded = of_length(1, "padded");
    padded.short_recordings = data::ShortRecordings::pad;
    EXPECT_EQ(data::ingest(padded).description.set(Spectrogram::stft).digest, made.set(Spectrogram::stft).digest)
        << "none was short";
}

TEST_F(ClipLength, RecordingsAreCutIntoWholeClipsOfIt)
{
    tone("tuba/long.wav", 7.1, 300);
    tone("tuba/short.wav", 2.99);
    tone("flute/other-rate.wav", 3.0, 800, 8000);
    const data::IngestReport report = data::ingest(of_length(3));
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(1, 2));
    EXPECT_EQ(report.too_short, 1);
    EXPECT_EQ(report.description.geometry.frames(), 25);

    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    EXPECT_EQ(set.frames(), 25);
    EXPECT_EQ(set.description().geometry.clip_s, 3);
    EXPECT_EQ(set.start_s(1), 0);
    EXPECT_EQ(set.start_s(2), 3);
    const std::vector<float> recording = decode(folder_ / "audio/tuba/long.wav").samples;
    std::vector<float> expected(std::size_t{25} * 33);
    data::Stft(set.description().geometry).magnitudes(std::span(recording).subspan(12000, 12000), expected);
    EXPECT_THAT(set.magnitudes(2), ElementsAreArray(expected));

    const data::Inspection found = data::inspect(folder_ / "shards");
    EXPECT_THAT(found.recording_clips, ElementsAre(1, 2)) << "clips of one recording follow each other by 3 s";
    EXPECT_THAT(data::verify(folder_ / "shards").faults, IsEmpty());
}

TEST_F(ClipLength, AFractionOfASecond)
{
    tone("tuba/a.wav", 1.3, 300);
    tone("flute/a.wav", 0.9, 800, 44100);
    const data::IngestReport report = data::ingest(of_length(0.25));
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(3, 5));
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", Spectrogram::cqt).start_s(2), 0.5);
}

TEST_F(ClipLength, AnOlderProgramRefusesWhatItWouldMisread)
{
    tone("tuba/a.wav", 2);
    tone("flute/a.wav", 2, 800);
    data::ingest(of_length(2));
    EXPECT_EQ(description().at("format_version"), 2) << "it reads up to 1, and says that this is newer";
    EXPECT_EQ(description().at("geometry").at("clip_s"), 2);
    EXPECT_EQ(integer_attribute(folder_ / "shards/stft-00000.h5", "format_version"), 2) << "it reads 1 alone";
    EXPECT_EQ(integer_attribute(folder_ / "shards/cqt-00000.h5", "clip_s"), 2);
}

TEST_F(ClipLength, IsOfTheIdentityAndOfWhatIsThere)
{
    tone("tuba/a.wav", 2);
    tone("flute/a.wav", 2, 800);
    const std::string digest = data::ingest(of_length(2)).description.set(Spectrogram::stft).digest;
    EXPECT_THAT(data::ingest(of_length(2)).written, IsEmpty()) << "it is there already";
    EXPECT_NE(data::ingest(of_length(1, "second")).description.set(Spectrogram::stft).digest, digest);
    EXPECT_NE(data::ingest(of_length(1.999, "third")).description.set(Spectrogram::stft).digest, digest)
        << "as many clips of one recording";
    EXPECT_THAT(error(of_length(1)), AllOf(HasSubstr("holds another data set (2 clips of 2 s"),
                                           HasSubstr("would make other content (4 clips of 1 s")));
}

TEST_F(ClipLength, AShardOfAnotherLengthDoesNotPassForOne)
{
    tone("tuba/a.wav", 2.1);
    tone("flute/a.wav", 2.1, 800);
    data::ingest(of_length(2));
    data::ingest(of_length(2.001, "other"));  // as many frames, bins, clips
    std::filesystem::copy_file(folder_ / "other/stft-00000.h5", folder_ / "shards/stft-00000.h5",
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_THAT(message_of<data::Error>([&] { data::DataSet::open(folder_ / "shards", Spectrogram::stft); }),
                HasSubstr("stft-00000.h5: holds clip_s = 2.001, dataset.json says 2: it belongs to another data set"));
}

TEST_F(ClipLength, WhatCannotBeALengthIsRefusedWithItsRange)
{
    for (const double wrong : {0.0, -1.0, 0.001, 601.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_THAT(error(of_length(wrong)), AllOf(HasSubstr("clip_s = "), HasSubstr("expected 0.01 to 600 seconds")))
            << wrong;
    }
    EXPECT_THAT(error(of_length(0.1)), HasSubstr("hop_samples = 500, expected 1 to the samples of a clip (400)"));
    tone("tuba/a.wav", 1.5);
    tone("flute/a.wav", 2.5);
    EXPECT_THAT(error(of_length(3)), AllOf(HasSubstr("none of 2 recordings can be used"),
                                           HasSubstr("2 shorter than a clip of 3 s"), HasSubstr("--short pad")));
}

TEST_F(ClipLength, ShortRecordingsArePaddedWhenAsked)
{
    tone("tuba/half.wav", 1.5, 300);
    tone("tuba/long.wav", 6.9, 300);
    tone("flute/other-rate.wav", 2, 800, 8000);
    write_bytes(folder_ / "audio/flute/empty.wav", "");
    data::IngestOptions padded = of_length(3);
    padded.short_recordings = data::ShortRecordings::pad;
    const data::IngestReport report = data::ingest(padded);
    EXPECT_THAT(report.description.clips_per_class, ElementsAre(1, 3)) << "the rest of a longer one is left out";
    EXPECT_EQ(report.padded, 2);
    EXPECT_EQ(report.too_short, 0);
    EXPECT_EQ(report.skipped.size(), 1U) << "an empty file is no short recording";
    EXPECT_EQ(description().at("pads_short"), true);

    const data::DataSet set = data::DataSet::open(folder_ / "shards", Spectrogram::stft);
    EXPECT_TRUE(set.description().pads_short);
    ASSERT_EQ(set.source(1), "tuba/half.wav");
    std::vector<float> samples = decode(folder_ / "audio/tuba/half.wav").samples;
    samples.resize(12000);
    std::vector<float> expected(std::size_t{25} * 33);
    data::Stft(set.description().geometry).magnitudes(samples, expected);
    EXPECT_THAT(set.magnitudes(1), ElementsAreArray(expected));
    EXPECT_THAT(set.magnitudes(0).last(33), Each(0.0F)) << "silence, also after another rate";
}

TEST_F(ClipLength, PaddedPartsOfOneFileAreOtherData)
{
    write_audio(folder_ / "a.wav", sine(300, 2, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    write_audio(folder_ / "b.wav", sine(500, 2, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    std::vector<std::string> digests;
    for (const char* end : {"0.5", "0.7"}) {
        write_bytes(folder_ / "files.csv",
                    std::string("path,label,start_s,end_s\na.wav,tuba,0,") + end + "\nb.wav,flute,,\n");
        data::IngestOptions padded = of_length(1, std::string("shards-") + end);
        padded.audio_folder.clear();
        padded.manifest = folder_ / "files.csv";
        padded.short_recordings = data::ShortRecordings::pad;
        digests.push_back(data::ingest(padded).description.set(Spectrogram::stft).digest);
    }
    EXPECT_NE(digests[0], digests[1]);
}

}  // namespace
}  // namespace attnsweep::tests
