// `attnsweep best`: configurations ranked by validation, never by the test set.
#include "reports/analysis/ranking.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/tables/ranking_output.h"
#include "store/annotations.h"
#include "store/error.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RankingTest : public testing::Test {
protected:
    RankingTest() { store_.record_sweep(sweep_); }

    /// A done repeat (1 to 3) of a configuration: losses on the validation clips after its last and its best epoch.
    void done(const std::string& configuration, int repeat, double loss, double accuracy, int right_of_30)
    {
        for (const configs::Trial& trial : sweep_.trials) {
            if (trial.configuration == configuration && trial.repeat == repeat) {
                configs::TrialResult result =
                    done_result(trial, {right_of_30 / 3, right_of_30 / 3, right_of_30 - 2 * (right_of_30 / 3)});
                result.epochs[0].validation_loss = loss + 5;  // of the best weights here
                result.epochs[1].validation_loss = loss;
                result.epochs[1].validation_accuracy = accuracy;
                store_.commit(result);
            }
        }
    }
    std::string text(const Ranking& ranking, Format format = Format::text) const
    {
        return render(ranking_table(ranking, format), format);
    }
    Ranking ranked(RankedBy by = RankedBy::validation_loss, const std::string& where = "",
                   store::Weights weights = store::Weights::last) const
    {
        return rank_configurations(store_, "", weights, by, where);
    }
    static std::vector<std::string> names(const Ranking& ranking)
    {
        std::vector<std::string> names;
        for (const RankedConfiguration& one : ranking.ranked) {
            names.push_back(one.name);
        }
        return names;
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(RankingTest, ByTheMeanOverTheRepeatsDoneWithWhatTheySeparate)
{
    for (int repeat = 1; repeat <= 3; ++repeat) {
        done("stft-r0", repeat, 0.50 + 0.01 * repeat, 0.80, 30);  // best by test
        done("stft-r25", repeat, 0.20 + 0.01 * repeat, 0.85, 24);
        done("cqt-r0", repeat, repeat == 2 ? 0.05 : 0.31, 0.95, 27);  // wanders
    }
    done("cqt-r25", 1, 0.22, 0.9, 24);
    const Ranking ranking = ranked();
    EXPECT_THAT(names(ranking), ElementsAre("stft-r25", "cqt-r25", "cqt-r0", "stft-r0"));
    EXPECT_NEAR(ranking.ranked[0].by.mean, 0.22, 1e-12);
    EXPECT_EQ(ranking.ranked[0].trial, "stft-r25-s1");
    EXPECT_EQ(ranking.ranked[2].trial, "cqt-r0-s2");
    EXPECT_EQ(ranking.ranked[1].against_first.difference.n, 1);
    EXPECT_FALSE(ranking.ranked[1].is_separate()) << "one repeat tells nothing";
    EXPECT_FALSE(ranking.ranked[2].is_separate()) << "0.09 apart, wandering by 0.26";
    EXPECT_TRUE(ranking.ranked[3].is_separate()) << "0.3 apart in each pair";
    EXPECT_NEAR(ranking.ranked[3].against_first.difference.mean, 0.3, 1e-12);
    EXPECT_EQ(ranking.ranked[ranking.first_by_test].name, "stft-r0");
    EXPECT_EQ(ranking.unranked.size(), 6u);
    EXPECT_THAT(ranking.keys, ElementsAre("data.spectrogram", "model.attention_ratio"));
    EXPECT_THAT(ranking.ranked[0].settings, ElementsAre("stft", "0.25"));

    const std::string shown = text(ranking);
    EXPECT_THAT(shown,
                AllOf(HasSubstr("attention_ratio"), HasSubstr("0.2200±0.0100"), HasSubstr("+0.3000, worse"),
                      HasSubstr("too few repeats"), HasSubstr("not separable"),
                      HasSubstr("not separate from the first: cqt-r25, cqt-r0. The first is one of these 3"),
                      HasSubstr("Chosen by test accuracy it would have been stft-r0 (100.00 % against 80.00 %)")));
    const std::string csv = text(ranking, Format::csv);
    EXPECT_THAT(csv, AllOf(HasSubstr("data.spectrogram"), HasSubstr("validation_loss_mean"),
                           HasSubstr("1,stft-r25,stft,0.25,synthetic,1,last,3,3,0.22,0.01,")));
    EXPECT_THAT(next_commands(store_, ranking, "my store.db"),
                ElementsAre("attnsweep show synthetic:stft-r25-s1 --store 'my store.db'",
                            "attnsweep predict RECORDING --trial synthetic:stft-r25-s1 --store 'my store.db'",
                            "attnsweep compare synthetic:cqt-r25 synthetic:stft-r25 --store 'my store.db'"));
}

TEST_F(RankingTest, ByAccuracyTheHighestAndOnlyWhereAsked)
{
    done("stft-r0", 1, 0.1, 0.80, 24);
    done("stft-r25", 1, 0.3, 0.90, 24);
    done("cqt-r0", 1, 0.2, 0.85, 24);
    EXPECT_THAT(names(ranked(RankedBy::validation_accuracy)), ElementsAre("stft-r25", "cqt-r0", "stft-r0"));
    EXPECT_THAT(names(ranked(RankedBy::validation_loss, "spectrogram = 'cqt' or attention_ratio > 0")),
                ElementsAre("cqt-r0", "stft-r25"));
    EXPECT_THROW(ranked(RankedBy::validation_loss, "spectogram = 'cqt'"), store::Error);
    EXPECT_NEAR(ranked(RankedBy::validation_loss, "", store::Weights::best).ranked[0].by.mean, 5.1, 1e-12)
        << "after the epoch of those weights";
    EXPECT_THAT(text(ranked()), Not(HasSubstr("Chosen by test accuracy")));
}

TEST_F(RankingTest, HiddenRepeatsAreNamed)
{
    done("cqt-r0", 1, 0.2, 0.85, 24);
    done("cqt-r0", 2, 0.9, 0.15, 3);
    EXPECT_THAT(text(ranked()), Not(HasSubstr("hidden")));
    const std::string id = ranked().ranked.at(0).counts.done == 2 ? store_.find_trial("cqt-r0-s2").trial.id : "";
    store::annotate_once(store_, {store::Annotation::Kind::hidden, {}, {}, id, {}, "1"});
    EXPECT_EQ(ranked().ranked.at(0).counts.done, 1);
    EXPECT_THAT(text(ranked()), AllOf(HasSubstr("1 trial is hidden"), HasSubstr("cqt-r0-s2")));
}

TEST_F(RankingTest, NamesTheLineThatTrainsTheFirstOnceMore)
{
    done("cqt-r0", 1, 0.2, 0.85, 24);
    EXPECT_EQ(refit_command(store_, ranked(), "my store.db"), "") << "its sweep file is not there";
    sweep_.path = (folder_ / "a sweep.toml").string();
    sweep_.overrides = {"training.max_epochs=5", "model.heads=4"};
    sweep_.text += " ";  // another revision
    store_.record_sweep(sweep_);
    std::ofstream(sweep_.path) << "\n";
    EXPECT_EQ(refit_command(store_, ranked(), "my store.db"),
              "attnsweep run '" + sweep_.path + "' --data " + read_data_set(store_, ranked().sweep).path +
                  " --set training.max_epochs=5 --set model.heads=4 --refit cqt-r0 --store 'my store.db'");
}

TEST_F(RankingTest, WithoutADoneTrialItSaysSo)
{
    EXPECT_EQ(refit_command(store_, ranked(), ""), "");
    EXPECT_THAT(text(ranked()), HasSubstr("No trial is done yet."));
    EXPECT_TRUE(next_commands(store_, ranked(), "").empty());
    EXPECT_THROW(ranked_by_from("accuracy"), store::Error);
    EXPECT_THAT(text(ranked(RankedBy::validation_loss, "accuracy > 2")), HasSubstr("No configuration meets"));
    configs::TrialResult published = done_result(sweep_.trials[0], {9, 9, 9});
    published.epochs.clear();
    store_.commit(published);
    EXPECT_THAT(text(ranked()), HasSubstr("No validation result is recorded of what is done: stft-r0."));
}

TEST_F(RankingTest, WhereHalfOfTheRepeatsAreDoneTheSignIsLookedAt)
{
    done("stft-r0", 1, 0.30, 0.9, 27);
    done("stft-r0", 2, 0.50, 0.9, 27);
    done("stft-r0", 3, 0.50, 0.9, 27);
    done("cqt-r0", 2, 0.449, 0.9, 27);
    done("cqt-r0", 3, 0.451, 0.9, 27);
    EXPECT_THAT(names(ranked()), ElementsAre("stft-r0", "cqt-r0"));
    EXPECT_THAT(text(ranked()), HasSubstr("-0.0500, better in the repeats that both have"));
}

}  // namespace
}  // namespace attnsweep::reports
