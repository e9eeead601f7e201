// What a run would be refused for, or says, on a data set made here.
#include "runner/planning/run_refusals.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_set_file.h"
#include "data/error.h"
#include "data/ingest.h"
#include "files/durable_file.h"
#include "tests/data/tone_data_set.h"

namespace attnsweep::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Three classes of one recording each, which is one group.
class Splits : public testing::Test {
protected:
    Splits() { tests::make_tone_data_set(folder_.path(), 3, 1); }

    configs::Sweep sweep_of(configs::SplitKind split, double test_fraction, std::uint64_t seeds) const
    {
        configs::Sweep sweep;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            configs::Trial trial;
            trial.label = "trial-" + std::to_string(seed);
            trial.spec.data.split = split;
            trial.spec.data.test_fraction = test_fraction;
            trial.spec.data.validation_fraction = 0.5;
            trial.spec.seed.split = seed;
            sweep.trials.push_back(trial);
        }
        return sweep;
    }
    std::vector<std::string> missing(const configs::Sweep& sweep) const
    {
        return SplitCheck(folder_ / "shards").refuse_empty(sweep, [](std::size_t) { return true; });
    }

    tests::TemporaryFolder folder_;
};

TEST_F(Splits, NameTheClassesThatAPartLacks)
{
    // A group for each part: each part lacks the two others' classes.
    EXPECT_THAT(missing(sweep_of(configs::SplitKind::group, 0.34, 1)),
                ElementsAre(HasSubstr(" to train on: it can only be predicted wrongly; ingest more"),
                            HasSubstr(" to validate with"), HasSubstr(" to test with: the macro means leave it out")));
    EXPECT_THAT(missing(sweep_of(configs::SplitKind::group, 0.34, 1)).front(), HasSubstr("no clip of instrument-0"));
}

TEST_F(Splits, SayInHowManyAClassIsMissing)
{
    // Four of six clips, drawn twenty times: all three classes are there in some draws, not in all.
    const std::vector<std::string> notes = missing(sweep_of(configs::SplitKind::clip, 0.67, 20));
    ASSERT_EQ(notes.size(), 3u);
    EXPECT_THAT(notes.back(), testing::ContainsRegex("to test with: .* [(]in [0-9]+ of 20 splits[)]"));
}

TEST_F(Splits, NameAGroupThatAManifestHasInTrainAndTest)
{
    std::string rows = "path,label,group,split\n";
    for (int i = 0; i < 3; ++i) {
        for (const char* part : {"train", "validation", "test"}) {
            rows += fmt::format("audio/instrument-{0:02}/instrument-{0:02}-0.wav,instrument-{0:02},,{1}\n", i, part);
        }
    }
    data::IngestOptions options = tests::tiny_ingest("", folder_ / "manifest");
    options.manifest = folder_ / "files.csv";
    files::write_unsynced(options.manifest, rows);
    data::ingest(options);
    SplitCheck check(folder_ / "manifest");
    const auto notes_of = [&](configs::SplitKind split) {
        return check.refuse_empty(sweep_of(split, 0.34, 1), [](std::size_t) { return true; });
    };
    EXPECT_THAT(notes_of(configs::SplitKind::manifest),
                Contains(testing::AllOf(HasSubstr("3 groups of recordings with clips in more than one part"),
                                        HasSubstr("instrument-00-0.wav at 0 s in train"))));
    EXPECT_THAT(notes_of(configs::SplitKind::group), testing::Not(Contains(HasSubstr("more than one part"))));
}

TEST_F(Splits, SayNothingWhereEachPartHasAllOrNoTrialIsLeft)
{
    tests::TemporaryFolder large;
    tests::make_tone_data_set(large.path(), 2, 40);
    EXPECT_THAT(SplitCheck(large / "shards")
                    .refuse_empty(sweep_of(configs::SplitKind::clip, 0.3, 2), [](std::size_t) { return true; }),
                IsEmpty());
    EXPECT_THAT(SplitCheck(folder_ / "shards")
                    .refuse_empty(sweep_of(configs::SplitKind::group, 0.34, 2), [](std::size_t) { return false; }),
                IsEmpty());
}

TEST_F(Splits, AreLookedAtOnceHoweverOftenItIsAsked)
{
    SplitCheck check(folder_ / "shards");
    const configs::Sweep sweep = sweep_of(configs::SplitKind::group, 0.34, 2);
    const auto first = check.refuse_empty(sweep, [](std::size_t i) { return i == 0; });
    EXPECT_EQ(check.refuse_empty(sweep, [](std::size_t i) { return i == 0; }), first);
    std::filesystem::remove_all(folder_ / "shards");
    EXPECT_EQ(check.refuse_empty(sweep, [](std::size_t i) { return i == 0; }), first);
    EXPECT_THAT(check.refuse_empty(sweep, [](std::size_t) { return true; }), testing::Not(IsEmpty()));
}

TEST_F(Splits, WithoutClipsInAPartAreRefusedByTheTrialsName)
{
    try {
        missing(sweep_of(configs::SplitKind::clip, 0.99, 1));
        FAIL() << "not refused";
    } catch (const data::Error& error) {
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("trial-1"), HasSubstr("none may be empty")));
    }
}

}  // namespace
}  // namespace attnsweep::runner
