#include <set>

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/configs/sweep_folder.h"

namespace attnsweep::tests {
namespace {

using testing::ElementsAre;

TEST(Expansion, AxesAreCrossedTheFirstSlowest)
{
    EXPECT_THAT(labels_of(SweepFolder().read(
                    "[axes]\n\"training.batch_size\" = [8, 16]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n")),
                ElementsAre("stft-r0-batch8-s1", "cqt-r0-batch8-s1", "stft-r0-batch16-s1", "cqt-r0-batch16-s1"));
}

TEST(Expansion, QuotedAndPlainDottedKeysAreTheSame)
{
    EXPECT_EQ(labels_of(SweepFolder().read("[axes]\ntraining.batch_size = [8, 16]\n")),
              labels_of(SweepFolder().read("[axes]\n\"training.batch_size\" = [8, 16]\n")));
}

TEST(Expansion, ZippedKeysAdvanceTogether)
{
    const configs::Sweep sweep =
        SweepFolder().read("[axes]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"
                           "[[zip]]\n\"training.batch_size\" = [8, 16]\n\"training.learning_rate\" = [0.1, 0.2]\n");
    EXPECT_THAT(labels_of(sweep), ElementsAre("stft-r0-batch8-lr0.1-s1", "stft-r0-batch16-lr0.2-s1",
                                              "cqt-r0-batch8-lr0.1-s1", "cqt-r0-batch16-lr0.2-s1"));
    EXPECT_EQ(sweep.trials[1].spec.training.batch_size, 16);
    EXPECT_EQ(sweep.trials[1].spec.training.learning_rate, 0.2);
}

TEST(Expansion, ExclusionsNeedAllTheirConditions)
{
    EXPECT_THAT(labels_of(SweepFolder().read(
                    "[axes]\n\"data.spectrogram\" = [\"stft\", \"cqt\"]\n"
                    "\"model.attention_ratio\" = [0, 0.5, 1]\n"
                    "[[exclude]]\n\"data.spectrogram\" = \"cqt\"\n\"model.attention_ratio\" = [0, 1]\n")),
                ElementsAre("stft-r0-s1", "stft-r50-s1", "stft-r100-s1", "cqt-r50-s1"));
}

TEST(Expansion, AnExclusionOfALaterRatioMatchesIntegersAndFractionsAlike)
{
    EXPECT_THAT(labels_of(SweepFolder().read("[axes]\n\"model.attention_ratio\" = [0.0, 1.0]\n"
                                             "[[exclude]]\n\"model.attention_ratio\" = 1\n")),
                ElementsAre("stft-r0-s1"));
}

TEST(Expansion, RepeatsShiftInitAndOrderAndHoldTheSplit)
{
    const configs::Sweep sweep = SweepFolder().read("[sweep]\nrepeats = 3\n[seed]\nsplit = 5\ninit = 10\norder = 20\n");
    ASSERT_EQ(sweep.trials.size(), 3u);
    for (int s = 1; s <= 3; ++s) {
        const configs::Trial& trial = sweep.trials[static_cast<std::size_t>(s - 1)];
        EXPECT_EQ(trial.repeat, s);
        EXPECT_EQ(trial.configuration, "stft-r0");
        EXPECT_EQ(trial.spec.seed.split, 5u);
        EXPECT_EQ(trial.spec.seed.init, 10u + static_cast<unsigned>(s) - 1);
        EXPECT_EQ(trial.spec.seed.order, 20u + static_cast<unsigned>(s) - 1);
    }
}

TEST(Expansion, RepeatSplitShiftsTheSplitToo)
{
    const configs::Sweep sweep = SweepFolder().read("[sweep]\nrepeats = 2\nrepeat_split = true\n");
    EXPECT_EQ(sweep.trials[1].spec.seed.split, 2u);
}

TEST(Expansion, AnAddedRatioOrRepeatLeavesTheOtherIdsAlone)
{
    const auto ids = [](const std::string& text) {
        std::set<std::string> found;
        for (const configs::Trial& trial : SweepFolder().read(text).trials) {
            found.insert(trial.id);
        }
        return found;
    };
    const auto few = ids("[sweep]\nrepeats = 2\n[axes]\n\"model.attention_ratio\" = [0, 0.5]\n");
    const auto many = ids("[sweep]\nrepeats = 3\n[axes]\n\"model.attention_ratio\" = [0, 0.25, 0.5]\n");
    EXPECT_EQ(few.size(), 4u);
    EXPECT_EQ(many.size(), 9u);
    EXPECT_TRUE(std::includes(many.begin(), many.end(), few.begin(), few.end()));
}

TEST(Expansion, HowItIsRunIsNotInTheIds)
{
    const SweepFolder folder;
    EXPECT_EQ(folder.read("").trials[0].id,
              folder.read("[execution]\nthreads = 4\ndevice = \"cuda\"\n[sweep]\nname = \"x\"\n").trials[0].id);
    EXPECT_EQ(folder.read("").trials[0].id, folder
                                                .read("[execution]\noptimizer_step = \"foreach\"\nlate_losses = "
                                                      "true\nstep_graph = true\nbatch_loading = \"resident\"\n")
                                                .trials[0]
                                                .id);
}

TEST(Expansion, TheTextChangesWithWhatTheFileMeansAndNotWithItsLayout)
{
    const SweepFolder folder;
    const std::string text = folder.read("[model]\nheads = 4\nblocks = 4\n").text;
    EXPECT_EQ(text, folder.read("# a comment\n[model]\nblocks = 4\nheads=4 # same\n").text);
    EXPECT_NE(text, folder.read("[model]\nheads = 2\nblocks = 4\n").text);
    EXPECT_NE(text, folder.read("[model]\nheads = 4\nblocks = 4\n[sweep]\nrepeats = 2\n").text);
    EXPECT_EQ(nlohmann::json::parse(text).dump(), text);
}

TEST(FindTrial, ByUniquePrefixOfLabelOrIdAnExactMatchFirst)
{
    const configs::Sweep sweep =
        SweepFolder().read("[sweep]\nrepeats = 10\n[axes]\n\"model.attention_ratio\" = [0, 0.5]\n");
    EXPECT_EQ(configs::find_trial(sweep, "stft-r50-s1").label, "stft-r50-s1");
    EXPECT_EQ(configs::find_trial(sweep, "stft-r50-s10").label, "stft-r50-s10");
    EXPECT_EQ(configs::find_trial(sweep, "stft-r50-s3").repeat, 3);
    EXPECT_EQ(configs::find_trial(sweep, sweep.trials[4].id).label, sweep.trials[4].label);
    EXPECT_EQ(configs::find_trial(sweep, sweep.trials[4].id.substr(0, 10)).label, sweep.trials[4].label);
}

TEST(FindTrial, AmbiguityListsTheCandidatesAndAMissNamesTheNearest)
{
    const configs::Sweep sweep = SweepFolder().read("[axes]\n\"model.attention_ratio\" = [0, 0.25, 0.5]\n");
    const auto error = [&](const std::string& prefix) -> std::string {
        try {
            configs::find_trial(sweep, prefix);
        } catch (const configs::Error& caught) {
            return caught.what();
        }
        return "no error";
    };
    const std::string ambiguous = error("stft-r");
    EXPECT_THAT(ambiguous, testing::StartsWith("trial \"stft-r\" could be stft-r0-s1 (" + sweep.trials[0].id +
                                               "), stft-r25-s1 ("));
    EXPECT_THAT(ambiguous, testing::HasSubstr("stft-r50-s1"));
    EXPECT_THAT(error("sftt-r25-s1"), testing::HasSubstr("the nearest label is stft-r25-s1"));
    EXPECT_THAT(error(""), testing::HasSubstr("is not in the sweep"));
}

}  // namespace
}  // namespace attnsweep::tests
