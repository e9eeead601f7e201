// Figures: drawn where gnuplot is, left out with a reason where it is not.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "configs/trial_identity.h"
#include "files/durable_file.h"
#include "reports/figures/accuracy_by_ratio.h"
#include "reports/figures/gnuplot.h"
#include "reports/figures/learning_curves.h"
#include "tests/environment_variable.h"
#include "tests/reports/whole_sweep.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;

bool has_gnuplot()
{
    return std::system("gnuplot --version > /dev/null 2>&1") == 0;
}

#define NEEDS_GNUPLOT()                                                                                                \
    if (!has_gnuplot())                                                                                                \
    GTEST_SKIP() << "gnuplot is not installed"

class FigureTest : public testing::Test {
protected:
    FigureTest() { fill(store_, sweep_); }
    SweepSummary summary() const { return read_summary(store_, "", store::Weights::last); }
    std::vector<std::filesystem::path> draw_ratios(const std::filesystem::path& path) const
    {
        return draw_accuracy_by_ratio(
            ratio_series(summary()), done_trials_of(store::read_results(store_, "", store::Weights::last)), true, path);
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(FigureTest, CurvesAreOfThePapersModelsUnlessNamed)
{
    const std::vector<LearningCurves> usual = learning_curves(store_, summary());
    ASSERT_EQ(usual.size(), 2U);
    EXPECT_EQ(usual[0].name, "stft-r25");
    EXPECT_EQ(usual[1].name, "cqt-r25");
    EXPECT_EQ(usual[0].repeats.size(), 3U);
    const std::vector<LearningCurves> named = learning_curves(store_, summary(), {"cqt-r0-s2"});
    ASSERT_EQ(named.size(), 1U);
    EXPECT_EQ(named[0].repeats.size(), 1U);
    EXPECT_THROW((void)learning_curves(store_, summary(), {"cqt-r1"}), store::Error);
}

TEST_F(FigureTest, BothFormatsAreDrawnAndTheSameEachTime)
{
    NEEDS_GNUPLOT();
    const auto draw_both = [&](const std::string& name) {
        auto files = draw_learning_curves(learning_curves(store_, summary()), folder_ / (name + "-curves"));
        const auto more = draw_ratios(folder_ / (name + "-ratio"));
        files.insert(files.end(), more.begin(), more.end());
        std::vector<std::string> bytes;
        bytes.reserve(files.size());
        for (const auto& file : files) {
            bytes.push_back(files::read_file(file));
        }
        return bytes;
    };
    const std::vector<std::string> first = draw_both("first");
    ASSERT_EQ(first.size(), 4U);
    EXPECT_THAT(first[0], testing::AllOf(HasSubstr("<svg"), HasSubstr("stft-r25"), HasSubstr("cqt-r25"),
                                         HasSubstr("validation, mean")));
    EXPECT_TRUE(first[1].starts_with("\x89PNG"));
    EXPECT_THAT(first[2],
                testing::AllOf(HasSubstr("STFT, paper"), HasSubstr("CQT, mean"), HasSubstr("attention ratio")));
    EXPECT_TRUE(first[3].starts_with("\x89PNG"));
    EXPECT_EQ(draw_both("second"), first);
}

TEST_F(FigureTest, OfVeryManyRepeatsSomeAreDrawn)
{
    NEEDS_GNUPLOT();
    store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    // 15,000 trials, of each configuration one more accurate than the others and one less.
    for (store::ConfigurationEntry& configuration : results.configurations) {
        configuration.repeats.resize(1500, configuration.repeats.front());
        configuration.repeats[700].test->metrics.accuracy = 1;
        configuration.repeats[800].test->metrics.accuracy = 0;
    }
    const DoneTrials done = done_trials_of(results);
    EXPECT_EQ(done.count(), 15'000U);
    const auto files = draw_accuracy_by_ratio(ratio_series(summary_of(results)), done, true, folder_ / "figure");
    const std::string svg = files::read_file(files.front());
    const auto count = [&](const std::string& text) {
        std::size_t found = 0;
        for (std::size_t at = svg.find(text); at != std::string::npos; at = svg.find(text, at + 1)) {
            ++found;
        }
        return found;
    };
    EXPECT_THAT(count("<use xlink:href='#gpPt"), testing::AllOf(testing::Gt(2000U), testing::Lt(2100U)));
    EXPECT_EQ(count("<text>0</text>"), 2U)
        << "the axis of accuracies, as that of ratios, begins where the least accurate is";
    EXPECT_EQ(count("<text>100</text>"), 2U);
    EXPECT_TRUE(thins_repeats(done));
    EXPECT_FALSE(thins_repeats(done_trials_of(store::read_results(store_, "", store::Weights::last))));
}

TEST_F(FigureTest, OfVeryManyRatiosTwoRepeatsEachAreDrawn)
{
    NEEDS_GNUPLOT();
    store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    results.configurations.resize(1, results.configurations.front());
    results.configurations.resize(1001, results.configurations.front());
    double ratio = 0;
    for (store::ConfigurationEntry& configuration : results.configurations) {
        for (store::TrialEntry& entry : configuration.repeats) {
            entry.trial.spec.model.attention_ratio = ratio;
        }
        ratio += 0.001;
    }
    const DoneTrials done = done_trials_of(results);
    ASSERT_TRUE(thins_repeats(done));
    const auto files = draw_accuracy_by_ratio(ratio_series(summary_of(results)), done, true, folder_ / "figure");
    const std::string svg = files::read_file(files.front());
    std::size_t points = 0;
    for (std::size_t at = 0; (at = svg.find("<use xlink:href='#gpPt", at)) != std::string::npos; ++at) {
        ++points;
    }
    EXPECT_THAT(points, testing::AllOf(testing::Ge(2 * 1001U), testing::Lt(3 * 1001U + 100)));
}

TEST_F(FigureTest, WithoutATemporaryFolderManyTrialsArePutAsideElsewhere)
{
    store::SweepResults results = store::read_results(store_, "", store::Weights::last);
    for (store::ConfigurationEntry& configuration : results.configurations) {
        configuration.repeats.resize(1500, configuration.repeats.front());
    }
    const tests::EnvironmentVariable variable("TMPDIR", "/nonexistent");
    EXPECT_NO_THROW((void)done_trials_of(results));
}

TEST_F(FigureTest, StrangersWordsAreDrawnNotRun)
{
    NEEDS_GNUPLOT();
    std::vector<LearningCurves> curves = learning_curves(store_, summary(), {"cqt-r25"});
    curves[0].name = "it's <b> & `touch hacked` a_b\n'; system 'touch hacked'; set title 'x";
    const auto files = draw_learning_curves(curves, folder_ / "figure");
    const std::string svg = files::read_file(files.front());
    EXPECT_NE(svg.find("a_b"), std::string::npos);
    EXPECT_NE(svg.find("touch hacked"), std::string::npos);
    EXPECT_NE(svg.find("&lt;b"), std::string::npos);
    EXPECT_EQ(svg.find("<b>"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists("hacked"));
}

TEST_F(FigureTest, OneEpochAndOneTrialAreEnough)
{
    NEEDS_GNUPLOT();
    const LearningCurves curves{"short", {{{1, 2.0, 0.1, 2.0, 0.1, 1.0}}}};
    EXPECT_EQ(draw_learning_curves({curves}, folder_ / "short").size(), 2U);
}

TEST_F(FigureTest, NothingDoneIsNothingDrawn)
{
    store_.record_sweep([&] {
        configs::Sweep other = synthetic_sweep("other", 1);
        for (configs::Trial& trial : other.trials) {
            trial.spec.training.batch_size = 4;
            trial.id = configs::trial_id(trial.spec);
        }
        return other;
    }());
    EXPECT_TRUE(draw_ratios(folder_ / "none").empty());
    EXPECT_TRUE(learning_curves(store_, summary()).empty());
    EXPECT_TRUE(draw_learning_curves({}, folder_ / "none").empty());
}

TEST_F(FigureTest, WithoutGnuplotThePackageIsNamed)
{
    const std::string path = std::getenv("PATH");
    setenv("PATH", folder_.path().c_str(), 1);
    try {
        draw_ratios(folder_ / "figure");
        ADD_FAILURE() << "drawn";
    } catch (const store::Error& error) {
        EXPECT_EQ(error.kind(), store::Error::Kind::missing_program);
        EXPECT_THAT(error.what(), HasSubstr("gnuplot-nox"));
    }
    setenv("PATH", path.c_str(), 1);
}

TEST_F(FigureTest, AGnuplotThatIsKilledIsSaidToBe)
{
    files::write_unsynced(folder_ / "gnuplot", "#!/bin/sh\nkill -KILL $$\n");
    std::filesystem::permissions(folder_ / "gnuplot", std::filesystem::perms::owner_all);
    const tests::EnvironmentVariable path("PATH", folder_.path().c_str());
    try {
        draw_ratios(folder_ / "figure");
        ADD_FAILURE() << "drawn";
    } catch (const store::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("gnuplot failed (ended by Killed)"));
    }
}

TEST(PercentRange, HoldsAllInFives)
{
    const PercentRange range = percent_range({0.816, 0.9509});
    EXPECT_DOUBLE_EQ(range.low, 80);
    EXPECT_DOUBLE_EQ(range.high, 100);
    EXPECT_DOUBLE_EQ(percent_range({}).high, 100);
    EXPECT_DOUBLE_EQ(percent_range({0.05, std::numeric_limits<double>::quiet_NaN()}).low, 0);
}

}  // namespace
}  // namespace attnsweep::reports
