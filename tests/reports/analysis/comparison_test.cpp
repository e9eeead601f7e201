// `attnsweep compare` on stores made by hand: what is found, paired, concluded, said.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "configs/trial_identity.h"
#include "reports/tables/comparison_output.h"
#include "store/annotations.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CompareTest : public testing::Test {
protected:
    /// Done with these right clips of 30, by repeat.
    void fill_configuration(store::Store& store, const configs::Sweep& sweep, const std::string& configuration,
                            const std::vector<int>& right)
    {
        std::size_t repeat = 0;
        for (const configs::Trial& trial : sweep.trials) {
            if (trial.configuration == configuration && repeat < right.size()) {
                const int clips = right[repeat++];
                store.commit(done_result(trial, {clips / 3, (clips + 1) / 3, (clips + 2) / 3}));
            }
        }
    }
    Comparison compared(const std::string& a, const std::string& b,
                        const std::vector<std::string>& metrics = {"accuracy"}) const
    {
        return compare(find_side(a, path_, store::Weights::last), find_side(b, path_, store::Weights::last), metrics);
    }
    std::string refusal(const std::string& a, const std::string& b,
                        const std::vector<std::string>& metrics = {"accuracy"}) const
    {
        try {
            compared(a, b, metrics);
            return "compared";
        } catch (const store::Error& error) {
            return error.what();
        }
    }

    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
};

TEST_F(CompareTest, WhatElseIsNamedLikeTheSweepDoesNotHideIt)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        fill(store, synthetic_sweep());
    }
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());
    std::filesystem::create_directory("synthetic");
    EXPECT_EQ(compared("synthetic:cqt-r0", "synthetic:cqt-r25").configurations.size(), 1U) << "a folder";
    std::filesystem::copy_file("results.db", "synthetic/part-1-of-1.db");
    EXPECT_EQ(compared("synthetic:cqt-r0", "synthetic@1:cqt-r25").configurations.size(), 1U) << "a folder of stores";
    EXPECT_EQ(compared("./synthetic:cqt-r0", "cqt-r25").a.store->path(), "./synthetic") << "which is meant by its path";
    std::filesystem::remove_all("synthetic");
    std::ofstream("synthetic") << "notes\n";
    EXPECT_EQ(compared("synthetic:cqt-r0", "synthetic:cqt-r25").configurations.size(), 1U) << "a file";
    std::filesystem::copy_file("results.db", "other.db");
    EXPECT_EQ(compared("other.db:cqt-r0", "cqt-r25").a.store->path(), "other.db");
    std::filesystem::current_path(before);
}

TEST_F(CompareTest, HiddenTrialsAreNamed)
{
    store::Store store = store::Store::open_to_write(path_);
    const configs::Sweep sweep = synthetic_sweep();
    fill(store, sweep);
    store::annotate_once(store, {store::Annotation::Kind::hidden, {}, {}, sweep.trials[0].id, {}, "1"});
    const Comparison all = compared("synthetic:stft-r0", "synthetic:stft-r25");
    EXPECT_EQ(all.configurations.at(0).done_a.done, 2);
    EXPECT_THAT(render(all, Format::text),
                AllOf(HasSubstr("Of synthetic:stft-r0, 1 trial is hidden"), Not(HasSubstr("Of synthetic:stft-r25"))));
}

TEST_F(CompareTest, ThreePairsGiveAnIntervalAndNoP)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep();
        store.record_sweep(sweep);
        fill_configuration(store, sweep, "cqt-r0", {20, 22, 21});
        fill_configuration(store, sweep, "cqt-r25", {23, 22, 24});
    }
    const Comparison comparison = compared("cqt-r0", "cqt-r25");
    ASSERT_EQ(comparison.configurations.size(), 1U);
    const ConfigurationComparison& one = comparison.configurations[0];
    EXPECT_EQ(one.pairs.size(), 3U);
    const Conclusion& conclusion = one.metrics[0].conclusion;
    EXPECT_NEAR(conclusion.difference.mean, 2.0 / 30, 1e-12);  // 3, 0, 3 clips of 30
    // SciPy: ttest_1samp([.1, 0, .1], 0).confidence_interval() = (-0.0767551, 0.2100884)
    EXPECT_NEAR(conclusion.difference.interval->low, -0.0767551, 1e-6);
    EXPECT_NEAR(conclusion.difference.interval->high, 0.2100884, 1e-6);
    EXPECT_FALSE(conclusion.p.has_value());
    EXPECT_THAT(one.verdict,
                testing::AllOf(HasSubstr("not separable with 3 repeats"),
                               HasSubstr("more would show a difference of 1 point"),
                               HasSubstr("its sign may be different: +0.00 to +13.33 over 90 clips of 6 recordings")));
    EXPECT_THAT(one.settings, testing::Contains("model.attention_ratio: 0 | 0.25"));
    const std::string text = render(comparison, Format::text);
    EXPECT_THAT(text, testing::AllOf(HasSubstr("configuration cqt-r0 of sweep synthetic, revision 1"),
                                     HasSubstr("f1_class_mean"), HasSubstr("+6.67"), HasSubstr("-7.68 to +21.01")));
}

TEST_F(CompareTest, AMetricsOldNameAsksForTheSame)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep();
        store.record_sweep(sweep);
        fill_configuration(store, sweep, "cqt-r0", {20, 22, 21});
        fill_configuration(store, sweep, "cqt-r25", {23, 22, 24});
    }
    const Comparison comparison = compared("cqt-r0", "cqt-r25", {"f1_classes"});
    for (const MetricComparison& metric : comparison.configurations.at(0).metrics) {
        EXPECT_EQ(metric.asked, metric.name == "f1_class_mean") << metric.name;
    }
}

TEST_F(CompareTest, FromSixPairsOnSignsAreFlippedAndHolmCorrects)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep("synthetic", 8);
        store.record_sweep(sweep);
        fill_configuration(store, sweep, "cqt-r0", {20, 22, 21, 20, 19, 21, 22, 20});
        fill_configuration(store, sweep, "cqt-r25", {24, 25, 24, 26, 22, 25, 25, 23});
    }
    const Conclusion alone = compared("cqt-r0", "cqt-r25").configurations[0].metrics[0].conclusion;
    EXPECT_DOUBLE_EQ(*alone.p, 2.0 / 256);
    EXPECT_DOUBLE_EQ(*alone.p_holm, 2.0 / 256);
    EXPECT_TRUE(alone.repeats_separate);
    EXPECT_FALSE(alone.different()) << "six recordings do not carry it";
    const Comparison three = compared("cqt-r0", "cqt-r25", {"accuracy", "f1_macro", "recall_macro"});
    EXPECT_DOUBLE_EQ(*three.configurations[0].metrics[0].conclusion.p_holm, 6.0 / 256);
    EXPECT_THAT(three.configurations[0].verdict,
                testing::AllOf(HasSubstr("accuracy: different between repeats on these test clips"),
                               HasSubstr("but not beyond them"),
                               HasSubstr("f1_macro: different, B is higher by +12.12"), HasSubstr("8 repeats")));
}

TEST_F(CompareTest, TopThreeIsComparedOverRecordingsToo)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep();
        store.record_sweep(sweep);
        for (const configs::Trial& trial : sweep.trials) {
            configs::TrialResult result = done_result(trial, {8, 8, 8});
            // Without attention each wrong clip's class comes only fourth.
            for (configs::PredictedClip& clip : result.last.predictions) {
                clip.rank = clip.rank == 1 ? 1 : trial.configuration == "cqt-r0" ? 4 : 3;
            }
            store.commit(result);
        }
    }
    const Comparison comparison = compared("cqt-r0", "cqt-r25", {"top3_accuracy"});
    const std::vector<MetricComparison>& metrics = comparison.configurations[0].metrics;
    const auto found = std::find_if(metrics.begin(), metrics.end(),
                                    [](const MetricComparison& one) { return one.name == "top3_accuracy"; });
    ASSERT_NE(found, metrics.end());
    const MetricComparison& metric = *found;
    EXPECT_NEAR(metric.a.mean, 0.8, 1e-12);
    EXPECT_NEAR(metric.b.mean, 1, 1e-12);
    EXPECT_NEAR(metric.conclusion.clips_mean.value(), 0.2, 1e-12) << "accuracy is the same in both";
}

TEST_F(CompareTest, TopThreeThatIsNotKnownIsSaid)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        fill(store, synthetic_sweep());
    }
    EXPECT_THAT(compared("cqt-r0", "cqt-r25", {"top3_accuracy"}).configurations[0].verdict,
                HasSubstr("top3_accuracy: not known of either side"));
}

TEST_F(CompareTest, WithoutPredictionsNothingIsSaidOfOtherRecordings)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep("synthetic", 6);
        store.record_sweep(sweep);
        for (std::size_t i = 0; i < 12; ++i) {
            const int right = i < 6 ? 5 : 9 - static_cast<int>(i % 2);
            configs::TrialResult result = done_result(sweep.trials[i], {right, right, right});
            result.test_set.clear();
            result.last.predictions.clear();
            result.best.predictions.clear();
            store.commit(result);
        }
    }
    const ConfigurationComparison one = compared("stft-r0", "stft-r25").configurations[0];
    EXPECT_TRUE(one.metrics[0].conclusion.different());
    EXPECT_THAT(one.verdict, testing::AllOf(HasSubstr("different, B is higher by +35.00 points"), HasSubstr("p 0.0312"),
                                            HasSubstr("No conclusion about other recordings: not every trial kept")));
}

TEST_F(CompareTest, RevisionsOfASweepAreMatchedByConfiguration)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        fill(store, synthetic_sweep());
        configs::Sweep edited = synthetic_sweep();
        edited.text = "{\"edited\": true}";
        edited.trials.resize(3);
        for (configs::Trial& trial : edited.trials) {
            trial.spec.training.learning_rate = 0.01;
            trial.id = configs::trial_id(trial.spec);
        }
        store.record_sweep(edited);
        fill_configuration(store, edited, "stft-r0", {25, 26, 27});
    }
    const Comparison comparison = compared("synthetic@1", "synthetic@2");
    ASSERT_EQ(comparison.configurations.size(), 1U);
    EXPECT_EQ(comparison.only_a.size(), 9U);
    EXPECT_THAT(comparison.configurations[0].settings, testing::Contains("training.learning_rate: 0.001 | 0.01"));
    EXPECT_EQ(comparison.configurations[0].pairs.size(), 3U);
    EXPECT_THAT(render(comparison, Format::markdown), HasSubstr("Only in A: stft-r25"));
    EXPECT_EQ(compared("stft-r25@1", "stft-r0@2").configurations.at(0).name_a, "stft-r25");
    EXPECT_EQ(compared("synthetic:stft-r0@1", "stft-r0").configurations.at(0).pairs.size(), 3U);
    const Comparison trials = compared("stft-r25-s2@1", "stft-r0-s2");
    EXPECT_EQ(trials.a.kind, Side::Kind::trial);
    EXPECT_EQ(trials.a.results.sweep.revision, 1);
    const std::string older = synthetic_sweep().trials.at(0).id;
    EXPECT_EQ(compared(older, "stft-r0-s1").a.results.sweep.revision, 1) << "by its id, in whichever revision it is";
    EXPECT_THAT(refusal("stft-r25-s2@9", "stft-r0"), HasSubstr("names no sweep, configuration or trial"));
    EXPECT_THAT(refusal("sttf-r0-s2", "stft-r0"), HasSubstr("did you mean stft-r0-s2?"));
    EXPECT_THAT(refusal("synthetic@1", "synthetic@3"), HasSubstr("has no revision 3. There are: 1, 2"));
    EXPECT_THAT(refusal("synthetic@1", "synthetic@x"), HasSubstr("expected a number, as in synthetic@2"));
}

TEST_F(CompareTest, TwoStoresAndTwoTrials)
{
    const std::filesystem::path other = folder_ / "other.db";
    {
        store::Store store = store::Store::open_to_write(path_), second = store::Store::open_to_write(other);
        fill(store, synthetic_sweep());
        const configs::Sweep sweep = synthetic_sweep();
        second.record_sweep(sweep);
        fill_configuration(second, sweep, "stft-r0", {25, 25, 25});
    }
    const Comparison stores = compared(path_.string() + ":synthetic", other.string() + ":synthetic");
    EXPECT_EQ(stores.configurations.size(), 10U);
    EXPECT_EQ(stores.configurations[0].pairs.size(), 3U);
    EXPECT_FALSE(stores.configurations[0].same_trials) << "one id, but two stores' results";
    EXPECT_THAT(stores.configurations[1].verdict, HasSubstr("nothing to compare: B has no repeat done"));
    const Comparison trials = compared("stft-r0-s1", "stft-r0-s2");
    EXPECT_EQ(trials.configurations[0].name_b, "stft-r0-s2");
    EXPECT_EQ(trials.configurations[0].pairs.size(), 1U) << "asked for, whatever their seeds";
    EXPECT_THAT(trials.configurations[0].verdict, HasSubstr("from one pair, which has no spread"));
    EXPECT_THAT(compared("stft-r0", "stft-r0").configurations[0].verdict, HasSubstr("the same trials on both sides"));
    const std::string id = synthetic_sweep().trials[0].id;
    EXPECT_EQ(compared(id.substr(0, 10), "stft-r0-s2").configurations[0].name_a, "stft-r0-s1");
}

TEST_F(CompareTest, WhatCannotBeCompared)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        fill(store, synthetic_sweep());
        configs::Sweep other = synthetic_sweep("other");
        for (configs::Trial& trial : other.trials) {
            trial.spec.training.learning_rate = 0.5;
            trial.id = configs::trial_id(trial.spec);
        }
        store.record_sweep(other);
    }
    EXPECT_THAT(refusal("synthetic", "other:stft-r0"),
                HasSubstr("expected two sweeps, two configurations or two trials"));
    EXPECT_THAT(refusal("sinthetic", "other"),
                testing::AllOf(HasSubstr("did you mean synthetic?"), HasSubstr("stft-r100")));
    EXPECT_THAT(refusal("stft-r0", "stft-r25"), HasSubstr("say which, as in"));
    EXPECT_THAT(refusal("synthetic", "other", {"acuracy"}), HasSubstr("did you mean accuracy?"));
    EXPECT_THAT(refusal("none.db:paper", "other"), HasSubstr("names no sweep"));
    EXPECT_EQ(refusal("synthetic:stft-r0", "other:stft-r0"), "compared");
}

TEST_F(CompareTest, TheRuleThatStoppedItIsNamedAndItsIntervalShown)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep();
        store.record_sweep(sweep);
        for (const configs::Trial& trial : sweep.trials) {
            // The same differences in every pair of recordings, so that the repeats alone decide.
            const bool is_new = trial.configuration == "cqt-r25";
            const int right = is_new ? 8 + (trial.repeat == 3 ? 1 : 0) : 3;
            store.commit(done_result(trial, {right, right, right}));
        }
    }
    const auto metric_of = [&](const std::vector<std::string>& metrics) {
        return compared("cqt-r0", "cqt-r25", metrics).configurations.at(0).metrics.at(0);
    };
    // 50, 50 and 60 points: alone 39.0 to 67.7, among nine comparisons 8.8 to 97.9.
    const MetricComparison alone = metric_of({"accuracy"});
    EXPECT_TRUE(alone.conclusion.different());
    EXPECT_EQ(alone.conclusion.stopped_by, StoppedBy::nothing);
    EXPECT_NEAR(alone.conclusion.corrected->low, alone.conclusion.difference.interval->low, 1e-12);
    std::vector<std::string> all = metric_names();
    const MetricComparison among_many = metric_of(all);
    EXPECT_LT(among_many.conclusion.corrected->low, alone.conclusion.corrected->low);
    EXPECT_EQ(among_many.conclusion.repeats_separate, !among_many.conclusion.corrected->holds(0))
        << "the interval shown is the one that decides";
}

TEST_F(CompareTest, TheVerdictsAreATableAndTheProseIsBehindExplain)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        const configs::Sweep sweep = synthetic_sweep();
        store.record_sweep(sweep);
        fill_configuration(store, sweep, "cqt-r0", {9, 12, 9});
        fill_configuration(store, sweep, "cqt-r25", {24, 26, 27});
    }
    // 15, 14, 18 clips of 30: mean 52.22 points, sd 6.94.
    const Comparison one = compared("cqt-r0", "cqt-r25");
    const std::string text = render(one, Format::text);
    EXPECT_THAT(text, testing::AllOf(HasSubstr("cqt-r0 | cqt-r25  accuracy  +52.22  +34.99 to +69.46"),
                                     HasSubstr("for 1 point"), HasSubstr("repeats for it"),
                                     Not(HasSubstr("On other recordings like these"))));
    EXPECT_THAT(render(one, Format::text, true), HasSubstr("On other recordings like these"));
    const Comparison many = compared("cqt-r0", "cqt-r25",
                                     {"accuracy", "f1_macro", "recall_macro", "precision_macro", "cohen_kappa",
                                      "balanced_accuracy", "f1_class_mean", "f1_micro", "top3_accuracy"});
    const Conclusion& conclusion = many.configurations.at(0).metrics.at(0).conclusion;
    EXPECT_EQ(many.asked, 9U);
    EXPECT_GT(conclusion.difference.interval->low, 0);
    EXPECT_LT(conclusion.corrected->low, conclusion.difference.interval->low);
    const auto json = nlohmann::json::parse(render(many, Format::json));
    const auto& accuracy = json.at("configurations")[0].at("metrics").at("accuracy");
    EXPECT_EQ(accuracy.at("stopped_by"), to_string(conclusion.stopped_by));
    EXPECT_NEAR(accuracy.at("corrected_interval")[0].get<double>(), conclusion.corrected->low, 1e-12);
    EXPECT_GE(accuracy.at("repeats_for_effect").get<int>(), accuracy.at("repeats_for_difference").get<int>());
    EXPECT_THAT(render(many, Format::csv), HasSubstr(",verdict,verdict_in_short,stopped_by,corrected_low,"));
}

TEST_F(CompareTest, FormatsSayTheSame)
{
    {
        store::Store store = store::Store::open_to_write(path_);
        fill(store, synthetic_sweep());
    }
    const Comparison comparison = compared("stft-r0", "cqt-r25");
    const auto json = nlohmann::json::parse(render(comparison, Format::json));
    const auto& one = json.at("configurations")[0];
    EXPECT_EQ(one.at("verdict"), comparison.configurations[0].verdict);
    EXPECT_EQ(one.at("metrics").at("accuracy").at("difference").at("n"), 3);
    EXPECT_TRUE(one.at("metrics").at("accuracy").at("p").is_null());
    const std::string csv = render(comparison, Format::csv);
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 9) << "the titles, and a line per metric";
    EXPECT_THAT(render(comparison, Format::text), HasSubstr("Curves, mean over the repeats"));
    EXPECT_THROW(render(comparison, Format::latex), store::Error);
    std::vector<std::string> warnings;
    const auto files = write_comparison(comparison, folder_ / "out", warnings);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "comparison.json"));
    EXPECT_EQ(files.size(), warnings.empty() ? 5U : 3U);
}

}  // namespace
}  // namespace attnsweep::reports
