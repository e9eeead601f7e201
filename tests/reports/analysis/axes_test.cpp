// The axes of a sweep, as they are drawn.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/analysis/axes.h"
#include "reports/figures/axis_figures.h"
#include "reports/figures/learning_curves.h"
#include "store/reading/results.h"
#include "tests/reports/whole_sweep.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Axes, AreLogarithmicWhereTheirValuesAreSpreadSo)
{
    EXPECT_TRUE(is_spread_logarithmically({1e-4, 1e-3, 1e-2}));
    EXPECT_TRUE(is_spread_logarithmically({0.001, 0.1}));
    EXPECT_TRUE(is_spread_logarithmically({0.0012, 0.0041, 0.02, 0.093})) << "as random_log draws them";
    EXPECT_FALSE(is_spread_logarithmically({0.001, 0.01})) << "ten times";
    EXPECT_FALSE(is_spread_logarithmically({0, 0.001, 1}));
    EXPECT_FALSE(is_spread_logarithmically({1, 10, 20, 30, 40})) << "evenly spaced as they are";
    EXPECT_FALSE(is_spread_logarithmically({-1, 100}));
}

class AxesTest : public testing::Test {
protected:
    AxesTest() { fill_as_done(store_, sweep_); }
    SweepSummary summary() const { return read_summary(store_, "", store::Weights::last); }
    DoneTrials done() const { return done_trials_of(store::read_results(store_, "", store::Weights::last)); }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = sweep_of_three_axes();
};

TEST_F(AxesTest, AreTheSettingsThatDiffer)
{
    const std::vector<Axis> axes = axes_of(summary());
    ASSERT_EQ(axes.size(), 3U);
    EXPECT_EQ(axes[0].key, "data.spectrogram");
    EXPECT_FALSE(axes[0].is_numeric);
    EXPECT_EQ(axes[2].title, "learning_rate");
    EXPECT_TRUE(axes[2].is_numeric && axes[2].is_logarithmic);
    ASSERT_EQ(axes[2].values.size(), 4U);
    EXPECT_EQ(axes[2].values[0].text, "0.0001");
    EXPECT_EQ(axes[2].values[1].configurations.size(), 4U);
    // Repeats with 7, 6 right of 10 in two classes, one more in the third: 22 and 19 of 30.
    const std::vector<double> accuracies = accuracies_at(axes[2].values[1], done());
    ASSERT_EQ(accuracies.size(), 8U);
    EXPECT_DOUBLE_EQ(accuracies[0], 22.0 / 30);
    EXPECT_NEAR(validation_accuracy_of(summary(), axes[2].values[1].configurations).mean, 0.65, 1e-12);
    EXPECT_TRUE(shows_axes(summary(), axes));
}

TEST_F(AxesTest, ArePairedWhereTheyAreCrossed)
{
    const std::vector<Axis> axes = axes_of(summary());
    const std::vector<AxisPair> pairs = axis_pairs(summary(), axes, most_pairs);
    ASSERT_EQ(pairs.size(), 3U);
    EXPECT_EQ(axes[pairs[2].down].key, "model.attention_ratio");
    EXPECT_EQ(axes[pairs[2].across].key, "training.learning_rate");
    ASSERT_EQ(pairs[2].cells.size(), 2U);
    ASSERT_EQ(pairs[2].cells[0].size(), 4U);
    EXPECT_EQ(pairs[2].cells[0][2].n, 4);
    EXPECT_NEAR(pairs[2].cells[0][2].mean, 0.85, 1e-12);
    EXPECT_EQ(axis_pairs(summary(), axes, 1).size(), 1U);
    configs::Sweep zipped = sweep_of_three_axes("zipped");
    std::erase_if(zipped.trials, [](const configs::Trial& trial) {
        return (trial.spec.model.attention_ratio == 0) == (trial.spec.training.learning_rate < 0.005);
    });
    fill_as_done(store_, zipped);
    const std::vector<Axis> of_zipped = axes_of(summary());
    for (const AxisPair& pair : axis_pairs(summary(), of_zipped, most_pairs)) {
        EXPECT_EQ(of_zipped[pair.down].key, "data.spectrogram") << "the ratio follows the learning rate";
    }
}

TEST_F(AxesTest, OfThePapersSweepTheOwnFigureShowsThem)
{
    fill(store_, synthetic_sweep());
    EXPECT_EQ(axes_of(summary()).size(), 2U);
    EXPECT_FALSE(shows_axes(summary(), axes_of(summary())));
}

TEST_F(AxesTest, AreDrawnWithEveryPointInside)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed";
    }
    const std::vector<Axis> axes = axes_of(summary());
    const auto files = draw_axis_effects(summary(), axes, done(), folder_ / "axes");
    ASSERT_EQ(files.size(), 2U);
    const std::string svg = files::read_file(files.front());
    EXPECT_THAT(svg, AllOf(HasSubstr("learning_rate"), HasSubstr("<text>0.0001</text>"), HasSubstr("<text>cqt</text>"),
                           HasSubstr("validation, mean")));
    std::size_t points = 0;
    for (std::size_t at = svg.find("<use xlink:href='#gpPt6'"); at != std::string::npos;
         at = svg.find("<use xlink:href='#gpPt6'", at + 1)) {
        ++points;
    }
    // 32 repeats on each of three axes, 8 means, and a point in the key for each of the two.
    EXPECT_EQ(points, 3 * 32 + 8 + 2U);
    EXPECT_EQ(draw_axis_pairs(axes, axis_pairs(summary(), axes, most_pairs), folder_ / "pairs").size(), 2U);
    EXPECT_TRUE(draw_axis_pairs(axes, {}, folder_ / "none").empty());
    EXPECT_THAT(axes_in_words(axes, done()), HasSubstr("learning_rate, mean test accuracy at 0.0001: 48.33 %, "));
}

TEST_F(AxesTest, LearningCurvesAreOfTheBestByValidation)
{
    const std::vector<LearningCurves> curves = learning_curves(store_, summary());
    ASSERT_EQ(curves.size(), most_curves);
    EXPECT_EQ(curves[0].name, "stft-r0-lr0.01");
    EXPECT_THAT(curves[3].name, testing::EndsWith("-lr0.01"));
    EXPECT_THAT(curves[4].name, testing::Not(testing::EndsWith("-lr0.01")));
}

}  // namespace
}  // namespace attnsweep::reports
