#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/error.h"
#include "data/split.h"
#include "tests/data/audio_files.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::tests {
namespace {

using configs::Spectrogram;
using configs::SplitKind;
using ::testing::AllOf;
using ::testing::HasSubstr;

// 5 classes of 20 recordings, two clips each, one data set for all tests: 200 clips, 100 groups.
class Split : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder_ = new TemporaryFolder;
        make_tone_data_set(folder_->path(), 5, 20);
    }
    static void TearDownTestSuite() { delete folder_; }

    static data::DataSet open() { return data::DataSet::open(*folder_ / "shards", Spectrogram::cqt); }
    static configs::DataSettings settings(SplitKind kind, double test = 0.1, double validation = 0.1)
    {
        configs::DataSettings settings;
        settings.split = kind;
        settings.test_fraction = test;
        settings.validation_fraction = validation;
        return settings;
    }
    static void expect_partition(const data::Split& split, std::int64_t clips)
    {
        std::vector<std::int64_t> all;
        for (const auto* part : {&split.train, &split.validation, &split.test}) {
            EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
            all.insert(all.end(), part->begin(), part->end());
        }
        std::sort(all.begin(), all.end());
        ASSERT_EQ(all.size(), static_cast<std::size_t>(clips));
        for (std::int64_t clip = 0; clip < clips; ++clip) {
            ASSERT_EQ(all[static_cast<std::size_t>(clip)], clip);
        }
    }
    static TemporaryFolder* folder_;  // NOLINT(readability-identifier-naming): a member, though static
};
TemporaryFolder* Split::folder_ = nullptr;

TEST_F(Split, ByClipHasThePapersSizes)
{
    const data::DataSet set = open();
    ASSERT_EQ(set.clips(), 200);
    const data::Split split = data::make_split(set, settings(SplitKind::clip), 1);
    expect_partition(split, 200);
    EXPECT_EQ(split.test.size(), 20U);
    EXPECT_EQ(split.validation.size(), 18U);
    EXPECT_EQ(split.train.size(), 162U);
}

TEST_F(Split, IsAPureFunctionOfItsSeed)
{
    const data::DataSet set = open();
    for (const SplitKind kind : {SplitKind::clip, SplitKind::group}) {
        const data::Split first = data::make_split(set, settings(kind), 5);
        const data::Split again = data::make_split(open(), settings(kind), 5);
        const data::Split other = data::make_split(set, settings(kind), 6);
        EXPECT_EQ(first.test, again.test);
        EXPECT_EQ(first.validation, again.validation);
        EXPECT_EQ(first.digest, again.digest);
        EXPECT_NE(first.test, other.test);
        EXPECT_NE(first.digest, other.digest);
        EXPECT_EQ(first.digest.size(), 64U);
    }
}

TEST_F(Split, BothSpectrogramsShareADigest)
{
    const data::DataSet stft = data::DataSet::open(*folder_ / "shards", Spectrogram::stft);
    EXPECT_EQ(data::make_split(stft, settings(SplitKind::clip), 5).digest,
              data::make_split(open(), settings(SplitKind::clip), 5).digest);
}

// As many clips as `open()` has, so the same lists; but classes, labels or groups that differ.
TEST(SplitDigest, TellsDataSetsOfAsManyClipsApart)
{
    const TemporaryFolder folder;
    const auto digest = [&](const std::string& name, const std::vector<std::pair<std::string, std::string>>& rows) {
        std::ostringstream text;
        text << "path,label,group\n";
        int recording = 0;
        for (const auto& [label, group] : rows) {
            text << "audio/instrument-00/instrument-00-" << recording++ << ".wav," << label << "," << group << "\n";
        }
        write_bytes(folder / (name + ".csv"), text.str());
        data::IngestOptions options = tiny_ingest({}, folder / name);
        options.manifest = folder / (name + ".csv");
        data::ingest(options);
        const data::DataSet set = data::DataSet::open(options.out, Spectrogram::cqt);
        configs::DataSettings settings;
        settings.test_fraction = settings.validation_fraction = 0.25;
        const data::Split split = data::make_split(set, settings, 1);
        EXPECT_EQ(set.clips(), 8);
        return split.digest;
    };
    write_tone_corpus(folder / "audio", 1, 4, 2.05, 4000);
    const std::set<std::string> digests = {
        digest("first", {{"banjo", "1"}, {"banjo", "2"}, {"tuba", "3"}, {"tuba", "4"}}),
        digest("renamed", {{"banjo", "1"}, {"banjo", "2"}, {"viola", "3"}, {"viola", "4"}}),
        digest("relabelled", {{"banjo", "1"}, {"tuba", "2"}, {"tuba", "3"}, {"tuba", "4"}}),
        digest("regrouped", {{"banjo", "1"}, {"banjo", "1"}, {"tuba", "3"}, {"tuba", "4"}}),
    };
    EXPECT_EQ(digests.size(), 4U);
    EXPECT_TRUE(digests.contains(digest("again", {{"banjo", "1"}, {"banjo", "2"}, {"tuba", "3"}, {"tuba", "4"}})));
}

TEST_F(Split, ByGroupKeepsARecordingOnOneSide)
{
    const data::DataSet set = open();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const data::Split split = data::make_split(set, settings(SplitKind::group, 0.2, 0.15), seed);
        expect_partition(split, 200);
        std::map<std::int64_t, std::set<int>> sides;
        int side = 0;
        for (const auto* part : {&split.train, &split.validation, &split.test}) {
            for (const std::int64_t clip : *part) {
                sides[set.group(clip)].insert(side);
            }
            ++side;
        }
        for (const auto& [group, found] : sides) {
            ASSERT_EQ(found.size(), 1U) << "group " << group << ", seed " << seed;
        }
        EXPECT_EQ(split.test.size(), 40U);
        EXPECT_EQ(split.validation.size(), 24U);
    }
}

TEST_F(Split, ByClipPartsRecordings)
{
    const data::DataSet set = open();
    const data::Split split = data::make_split(set, settings(SplitKind::clip), 1);
    std::set<std::int64_t> train;
    for (const std::int64_t clip : split.train) {
        train.insert(set.group(clip));
    }
    EXPECT_TRUE(std::any_of(split.test.begin(), split.test.end(), [&](auto clip) {
        return train.contains(set.group(clip));
    })) << "the paper's split leaks; one that never does is another one";
}

TEST_F(Split, StratifiedEachClassGivesItsShareToEachPart)
{
    const data::DataSet set = open();
    for (const SplitKind kind : {SplitKind::clip, SplitKind::group}) {
        configs::DataSettings wanted = settings(kind);
        wanted.stratified = true;
        const data::Split split = data::make_split(set, wanted, 7);
        expect_partition(split, 200);
        EXPECT_THAT(data::clips_per_class(set, split.test), ::testing::Each(4)) << "a tenth of 40";
        // 18 of 180, in clips or in recordings of two.
        EXPECT_THAT(
            data::clips_per_class(set, split.validation),
            ::testing::Each(::testing::AllOf(::testing::Ge(kind == SplitKind::clip ? 3 : 2), ::testing::Le(4))));
        EXPECT_EQ(data::make_split(open(), wanted, 7).digest, split.digest);
        EXPECT_NE(data::make_split(open(), wanted, 8).digest, split.digest);
        EXPECT_NE(data::make_split(set, settings(kind), 7).digest, split.digest);
        if (kind == SplitKind::group) {
            for (const std::int64_t clip : split.test) {
                EXPECT_EQ(std::count_if(split.train.begin(), split.train.end(),
                                        [&](std::int64_t other) { return set.group(other) == set.group(clip); }),
                          0);
            }
        }
    }
}

TEST_F(Split, StratifiedTheSizesStayWhatWasAskedFor)
{
    const data::DataSet set = open();
    for (const double fraction : {0.05, 0.1, 0.33, 0.6, 0.9}) {
        configs::DataSettings wanted = settings(SplitKind::clip, fraction, 0.5);
        wanted.stratified = true;
        const data::Split split = data::make_split(set, wanted, 3);
        expect_partition(split, 200);
        EXPECT_EQ(split.test.size(), static_cast<std::size_t>(std::llround(200 * fraction))) << fraction;
        for (const auto* part : {&split.train, &split.validation, &split.test}) {
            EXPECT_THAT(data::clips_per_class(set, *part), ::testing::Each(::testing::Gt(0))) << fraction;
        }
    }
}

TEST(StratifiedSplit, ASmallClassIsInEachPartWhereItHasThree)
{
    TemporaryFolder folder;
    write_tone_corpus(folder / "audio", 2, 40, 2.05, 4000);
    for (int recording = 3; recording < 40; ++recording) {  // three are left of the second
        std::filesystem::remove(folder / "audio/instrument-01" /
                                ("instrument-01-" + std::to_string(recording) + ".wav"));
    }
    data::ingest(tiny_ingest(folder / "audio", folder / "shards"));
    const data::DataSet set = data::DataSet::open(folder / "shards", Spectrogram::cqt);
    configs::DataSettings wanted;
    wanted.stratified = true;
    for (const SplitKind kind : {SplitKind::clip, SplitKind::group}) {
        wanted.split = kind;
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            const data::Split split = data::make_split(set, wanted, seed);
            for (const auto* part : {&split.train, &split.validation, &split.test}) {
                EXPECT_GT(data::clips_per_class(set, *part)[1], 0);
            }
        }
    }
}

TEST_F(Split, TrainingOnTheValidationClipsLeavesTheTestClips)
{
    const data::DataSet set = open();
    for (const SplitKind kind : {SplitKind::clip, SplitKind::group}) {
        configs::DataSettings wanted = settings(kind);
        const data::Split apart = data::make_split(set, wanted, 7);
        wanted.train_on_validation = true;
        const data::Split together = data::make_split(set, wanted, 7);
        std::vector<std::int64_t> both = apart.train;
        both.insert(both.end(), apart.validation.begin(), apart.validation.end());
        EXPECT_THAT(together.train, ::testing::UnorderedElementsAreArray(both));
        EXPECT_TRUE(std::is_sorted(together.train.begin(), together.train.end()));
        EXPECT_THAT(together.validation, ::testing::IsEmpty());
        EXPECT_EQ(together.test, apart.test);
        EXPECT_NE(together.digest, apart.digest);
    }
}

TEST_F(Split, EmptySetsAreErrorsWithSizesAndRemedy)
{
    const data::DataSet set = open();
    const auto error = [&](const configs::DataSettings& settings) {
        return message_of<data::Error>([&] { data::make_split(set, settings, 1); });
    };
    EXPECT_THAT(error(settings(SplitKind::clip, 0.0)), AllOf(HasSubstr("0 to test"), HasSubstr("data.test_fraction")));
    EXPECT_THAT(error(settings(SplitKind::clip, 0.1, 0.0)), HasSubstr("0 to validate"));
    EXPECT_THAT(error(settings(SplitKind::group, 0.5, 1.0)), HasSubstr("0 to train"));
    EXPECT_THAT(error(settings(SplitKind::clip, 1.5)), HasSubstr("expected 0 to 1"));
    EXPECT_THAT(error(settings(SplitKind::manifest)), AllOf(HasSubstr("\"manifest\""), HasSubstr("`split` column")));
}

TEST_F(Split, CountsByClass)
{
    const data::DataSet set = open();
    EXPECT_THAT(data::clips_per_class(set, {0, 1, 40, 199}), ::testing::ElementsAre(2, 1, 0, 0, 1));
}

TEST(GroupSplit, IsAsNearAsUnequalGroupsAllow)
{
    const TemporaryFolder folder;
    write_tone_corpus(folder / "audio", 2, 6, 7.05, 4000);  // groups of 7 clips
    for (int recording = 0; recording < 12; ++recording) {  // and of 1
        write_audio(folder / ("audio/instrument-00/short-" + std::to_string(recording) + ".wav"),
                    sine(100 + recording, 1.0, 4000), 4000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    }
    data::ingest(tiny_ingest(folder / "audio", folder / "shards"));
    const data::DataSet set = data::DataSet::open(folder / "shards", Spectrogram::cqt);
    ASSERT_EQ(set.clips(), 96);
    configs::DataSettings settings;
    settings.split = SplitKind::group;
    const std::int64_t wanted = 10;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const data::Split split = data::make_split(set, settings, seed);
        std::map<std::int64_t, std::int64_t> sizes;
        for (const std::int64_t clip : split.test) {
            ++sizes[set.group(clip)];
        }
        std::int64_t largest = 0;
        for (const auto& [group, size] : sizes) {
            largest = std::max(largest, size);
        }
        const auto test = static_cast<std::int64_t>(split.test.size());
        EXPECT_LE(std::abs(test - wanted), std::abs(test - largest - wanted)) << test << " clips, seed " << seed;
    }
}

TEST(ManifestSplit, IsTakenAsItStands)
{
    const TemporaryFolder folder;
    write_tone_corpus(folder / "audio", 2, 3, 2.05, 4000);
    const auto manifest = [&](const std::string& third) {
        std::ostringstream text;
        text << "path,label,split\n";
        for (const std::string name : {"instrument-00", "instrument-01"}) {
            text << "audio/" << name << "/" << name << "-0.wav," << name << ",train\naudio/" << name << "/" << name
                 << "-1.wav," << name << ",validation\naudio/" << name << "/" << name << "-2.wav," << name << ","
                 << third << "\n";
        }
        write_bytes(folder / "files.csv", text.str());
        data::IngestOptions options = tiny_ingest({}, folder / ("shards-" + third));
        options.manifest = folder / "files.csv";
        data::ingest(options);
        return data::DataSet::open(options.out, Spectrogram::cqt);
    };
    configs::DataSettings settings;
    settings.split = SplitKind::manifest;
    const data::Split split = data::make_split(manifest("test"), settings, 1);
    EXPECT_THAT(split.train, ::testing::ElementsAre(0, 1, 6, 7));
    EXPECT_THAT(split.validation, ::testing::ElementsAre(2, 3, 8, 9));
    EXPECT_THAT(split.test, ::testing::ElementsAre(4, 5, 10, 11));
    EXPECT_THAT(message_of<data::Error>([&] { data::make_split(manifest("train"), settings, 1); }),
                AllOf(HasSubstr("8 to train"), HasSubstr("0 to test"), HasSubstr("manifest")));
}

}  // namespace
}  // namespace attnsweep::tests
