#include <cstdlib>
#include <random>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_set.h"
#include "data/inspection.h"
#include "tests/data/ingest_fixture.h"

namespace attnsweep::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Inspection : public Ingest {
protected:
    void make_data_set() const
    {
        tone("tuba/a.wav", 2.0, 100);
        tone("tuba/b.wav", 3.5, 150);
        tone("violin/a.wav", 1.0, 900);
        data::ingest(options());
    }
    std::vector<std::string> faults() const { return data::verify(folder_ / "shards").faults; }
};

TEST_F(Inspection, SaysWhatADataSetHolds)
{
    tone("tuba/a.wav", 2.0, 100);
    tone("tuba/b.wav", 3.5, 150);
    write_audio(folder_ / "audio/violin/silent.wav", std::vector<float>(8000, 1e-4F), 4000,
                SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    write_audio(folder_ / "audio/violin/loud.wav", sine(900, 1, 4000, 1.0), 4000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    write_audio(folder_ / "audio/violin/same.flac", sine(100, 2, 4000), 4000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    data::ingest(options());
    const data::Inspection found = data::inspect(folder_ / "shards");
    ASSERT_EQ(found.classes.size(), 2U);
    EXPECT_EQ(found.classes[0].name, "tuba");
    EXPECT_EQ(found.classes[0].clips, 5);
    EXPECT_EQ(found.classes[0].recordings, 2);
    EXPECT_NEAR(found.classes[0].loudness_db.value(), -9.03, 0.02) << "0.5 / sqrt(2)";
    EXPECT_THAT(found.recording_clips, ElementsAre(1, 2, 2, 2, 3));
    ASSERT_THAT(found.near_silent, SizeIs(2));
    EXPECT_EQ(found.near_silent[1].name, "violin/silent.wav at 1 s");
    ASSERT_THAT(found.at_full_scale, SizeIs(1));
    EXPECT_EQ(found.at_full_scale[0].name, "violin/loud.wav at 0 s");
    EXPECT_THAT(found.duplicates, Contains("violin/same.flac at 0 s equals tuba/a.wav at 0 s"));
}

TEST_F(Inspection, AWholeDataSetHasNoFault)
{
    make_data_set();
    EXPECT_THAT(faults(), IsEmpty());
}

// All of it takes a minute: with ATTNSWEEP_LONG_TESTS set, every byte of the header and 10,000 bits at random.
TEST_F(Inspection, EveryBitOfAShardCounts)
{
    const std::size_t share = std::getenv("ATTNSWEEP_LONG_TESTS") != nullptr ? 1 : 10;
    tone("tuba/a.wav", 2.0, 100);
    tone("tuba/b.wav", 3.5, 150);
    tone("violin/a.wav", 1.0, 900);
    data::IngestOptions one = options();
    one.kinds = {configs::Spectrogram::cqt};
    data::ingest(one);
    const fs::path path = folder_ / "shards/cqt-00000.h5";
    const std::string whole = bytes_of(path);
    const std::size_t magnitudes = sizeof(float) * 6 * 9 * 24;
    ASSERT_GT(whole.size(), magnitudes);
    std::mt19937 random(1);
    std::vector<std::pair<std::size_t, int>> bits;
    for (std::size_t byte = 0; byte < whole.size() - magnitudes; byte += share) {  // about the header
        bits.emplace_back(byte, static_cast<int>(random() % 8));
    }
    for (std::size_t i = 0; i < 10000 / share; ++i) {
        bits.emplace_back(random() % whole.size(), static_cast<int>(random() % 8));
    }
    int unnoticed = 0, clips_named = 0;
    for (const auto& [byte, bit] : bits) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        const char changed = static_cast<char>(whole[byte] ^ (1 << bit));
        ASSERT_EQ(::pwrite(file, &changed, 1, static_cast<off_t>(byte)), 1);
        const std::vector<std::string> found = faults();
        unnoticed += found.empty() ? 1 : 0;
        const bool names_clip =
            !found.empty() && found[0].find("clip ") != std::string::npos && found[0].find(".wav") != std::string::npos;
        clips_named += names_clip ? 1 : 0;
        for (const std::string& fault : found) {
            ASSERT_THAT(fault, HasSubstr("cqt-00000.h5"));
        }
        ASSERT_EQ(::pwrite(file, &whole[byte], 1, static_cast<off_t>(byte)), 1);
        ::close(file);
    }
    EXPECT_EQ(unnoticed, 0) << "of " << bits.size();
    EXPECT_GT(clips_named, 2000 / int(share)) << "those of the magnitudes";
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(Inspection, MissingCutAndForeignShardsAreNamed)
{
    make_data_set();
    const std::string bytes = bytes_of(folder_ / "shards/stft-00000.h5");
    write_bytes(folder_ / "shards/stft-00000.h5", bytes.substr(0, bytes.size() / 2));
    EXPECT_THAT(faults(), AllOf(Contains(AllOf(HasSubstr("stft-00000.h5"), HasSubstr("bytes, dataset.json says"))),
                                Contains(AnyOf(HasSubstr("truncated")))));
    fs::remove(folder_ / "shards/stft-00000.h5");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("stft-00000.h5: is missing")));
    write_bytes(folder_ / "shards/stft-00000.h5", bytes);
    write_bytes(folder_ / "shards/stft-00007.h5", bytes);
    EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("stft-00007.h5"), HasSubstr("does not list"))));
    fs::remove(folder_ / "shards/stft-00007.h5");

    tone("violin/a.wav", 1.0, 950);
    data::IngestOptions other = options();
    other.out = folder_ / "other";
    data::ingest(other);
    fs::copy_file(folder_ / "other/stft-00000.h5", folder_ / "shards/stft-00000.h5",
                  fs::copy_options::overwrite_existing);
    EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("stft-00000.h5"), HasSubstr("labels, groups or sources"))));
}

TEST_F(Inspection, AnEditOfTheDescriptionIsAFault)
{
    make_data_set();
    const std::string text = bytes_of(folder_ / "shards/dataset.json");
    const auto edited = [&](const std::string& before, const std::string& after) {
        std::string changed = text;
        const auto place = changed.find(before);
        EXPECT_NE(place, std::string::npos) << before;
        write_bytes(folder_ / "shards/dataset.json", changed.replace(place, before.size(), after));
        return faults();
    };
    EXPECT_THAT(edited("\"digest\": \"", "\"digest\": \"0"),
                ElementsAre(AllOf(HasSubstr("dataset.json"), HasSubstr("digest"), HasSubstr("stft"))));
    EXPECT_THAT(edited("\"recordings\": 3", "\"recordings\": 4"),
                ElementsAre(AllOf(HasSubstr("recordings = 4"), HasSubstr("shards hold 3"))));
    EXPECT_THAT(edited("\"fmin_hz\": 220.0", "\"fmin_hz\": 110.0"), Contains(HasSubstr("fmin_hz = 220")));
    EXPECT_THAT(edited("\"has_manifest_split\": false", "\"has_manifest_split\": true"),
                ElementsAre(HasSubstr("has_manifest_split")));
}

TEST_F(Inspection, ATrainingNoticesAChangedLabel)
{
    make_data_set();
    const fs::path path = folder_ / "shards/stft-00000.h5";
    std::string bytes = bytes_of(path);
    // Labels of six clips: 0 0 0 0 0 1, four bytes each.
    const std::string labels("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 24);
    const auto place = bytes.find(labels);
    ASSERT_NE(place, std::string::npos);
    bytes[place] = 1;
    write_bytes(path, bytes);
    EXPECT_THAT(message_of<data::Error>([&] { data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft); }),
                AllOf(HasSubstr("stft-00000.h5"), HasSubstr("labels, groups and sources"), HasSubstr("--overwrite")));
}

TEST_F(Inspection, ADataSetWithoutTheNewerChecksumsCanBeReadAndVerified)
{
    make_data_set();
    std::string json = bytes_of(folder_ / "shards/dataset.json");
    for (const char* key : {"\"crc32c\": ", "\"table_crc32c\": "}) {
        for (auto at = json.find(key); at != std::string::npos; at = json.find(key)) {
            const auto begin = json.rfind(',', at);
            json.erase(begin, json.find_first_of(",\n", at) - begin);
        }
    }
    write_bytes(folder_ / "shards/dataset.json", json);
    EXPECT_EQ(data::DataSet::open(folder_ / "shards", configs::Spectrogram::stft).clips(), 6);
    EXPECT_THAT(faults(), IsEmpty());
    std::string bytes = bytes_of(folder_ / "shards/cqt-00000.h5");
    for (std::size_t byte = bytes.size() / 4; byte < bytes.size(); byte += 500) {  // also in the magnitudes
        bytes[byte] ^= 1;
    }
    write_bytes(folder_ / "shards/cqt-00000.h5", bytes);
    EXPECT_FALSE(faults().empty());
}

TEST_F(Inspection, AShardThatMayNotBeReadIsNotCalledDamaged)
{
    make_data_set();
    const fs::path path = folder_ / "shards/cqt-00000.h5";
    fs::permissions(path, fs::perms::none);
    fs::permissions(folder_.path(), fs::perms::all);
    if (::geteuid() == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    const std::string message =
        message_of<data::Error>([&] { data::DataSet::open(folder_ / "shards", configs::Spectrogram::cqt); });
    if (::getuid() == 0) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    EXPECT_THAT(message, AllOf(HasSubstr("cannot be read: Permission denied"), HasSubstr("read permission")));
    EXPECT_EQ(message.find("damaged"), std::string::npos);
    EXPECT_EQ(message.find("ingest again"), std::string::npos);
    fs::permissions(path, fs::perms::owner_all);
}

}  // namespace
}  // namespace attnsweep::tests
