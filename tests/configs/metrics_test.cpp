#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "configs/error.h"
#include "configs/metrics.h"

namespace attnsweep::configs {
namespace {

TEST(Metrics, ByHand)
{
    // Class 0: 8 of 10 right, predicted 9 times. Class 1: 1 of 2, predicted 3 times. Class 2: 3 of 4, predicted 4 times.
    const Metrics metrics = metrics_of({{8, 1, 1}, {1, 1, 0}, {0, 1, 3}});
    EXPECT_DOUBLE_EQ(metrics.accuracy, 12.0 / 16);
    EXPECT_DOUBLE_EQ(metrics.f1_micro, 12.0 / 16);
    const double precision = (8.0 / 9 + 1.0 / 3 + 3.0 / 4) / 3;
    const double recall = (8.0 / 10 + 1.0 / 2 + 3.0 / 4) / 3;
    EXPECT_DOUBLE_EQ(metrics.precision_macro, precision);
    EXPECT_DOUBLE_EQ(metrics.recall_macro, recall);
    EXPECT_DOUBLE_EQ(metrics.f1_macro, 2 * precision * recall / (precision + recall));
    EXPECT_DOUBLE_EQ(metrics.f1_class_mean, (16.0 / 19 + 2.0 / 5 + 6.0 / 8) / 3);
    EXPECT_NE(metrics.f1_macro, metrics.f1_class_mean);
}

TEST(Metrics, AClassNeverPredictedHasPrecisionZeroAndCounts)
{
    const Metrics metrics = metrics_of({{4, 0}, {4, 0}});
    EXPECT_DOUBLE_EQ(metrics.precision_macro, 0.25);
    EXPECT_DOUBLE_EQ(metrics.recall_macro, 0.5);
    EXPECT_DOUBLE_EQ(metrics.f1_class_mean, (2 * 0.5 / 1.5) / 2);
}

TEST(Metrics, AClassWithoutTestClipsIsLeftOut)
{
    const Metrics metrics = metrics_of({{3, 0, 1}, {0, 0, 0}, {0, 0, 4}});
    EXPECT_DOUBLE_EQ(metrics.recall_macro, (0.75 + 1) / 2);
    EXPECT_DOUBLE_EQ(metrics.precision_macro, (1 + 0.8) / 2);
}

TEST(Metrics, NothingRightAndNothingAtAll)
{
    const Metrics wrong = metrics_of({{0, 2}, {3, 0}});
    EXPECT_EQ(wrong.accuracy, 0);
    EXPECT_EQ(wrong.f1_macro, 0);
    for (const Confusion& empty : {Confusion{}, Confusion{{0, 0}, {0, 0}}}) {
        const Metrics metrics = metrics_of(empty);
        EXPECT_EQ(metrics.accuracy, 0);
        EXPECT_EQ(metrics.precision_macro, 0);
        EXPECT_EQ(metrics.f1_class_mean, 0);
    }
}

TEST(Metrics, AMatrixThatIsNotSquareIsAnError)
{
    EXPECT_THROW(metrics_of({{1, 2}, {3}}), Error);
}

TEST(Metrics, CountsThatNoTestSetHasAreAnError)
{
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    EXPECT_THROW(metrics_of({{most, most}, {most, most}}), Error);
    EXPECT_THROW(metrics_of({{1, -1}, {0, 1}}), Error);
}

TEST(Metrics, BalancedAccuracyIsTheMeanRecallOfTheClassesThatHaveClips)
{
    EXPECT_DOUBLE_EQ(metrics_of({{8, 1, 1}, {1, 1, 0}, {0, 1, 3}}).balanced_accuracy,
                     (8.0 / 10 + 1.0 / 2 + 3.0 / 4) / 3);
    // Class 1 has no clips; that one was predicted as it changes only that clip.
    EXPECT_DOUBLE_EQ(metrics_of({{3, 0, 1}, {0, 0, 0}, {0, 0, 4}}).balanced_accuracy, (3.0 / 4 + 1) / 2);
    EXPECT_DOUBLE_EQ(metrics_of({{3, 1, 0}, {0, 0, 0}, {0, 0, 4}}).balanced_accuracy, (3.0 / 4 + 1) / 2);
    EXPECT_EQ(metrics_of({{0, 2}, {3, 0}}).balanced_accuracy, 0);
    EXPECT_TRUE(std::isnan(metrics_of({{0, 0}, {0, 0}}).balanced_accuracy)) << "a mean over no class";
    EXPECT_TRUE(std::isnan(metrics_of({}).balanced_accuracy));
}

TEST(Metrics, CohensKappaIsTheAgreementBeyondChance)
{
    // 12 of 16 agree; by chance (10 * 9 + 2 * 3 + 4 * 4) / 16² = 112 / 256.
    EXPECT_DOUBLE_EQ(metrics_of({{8, 1, 1}, {1, 1, 0}, {0, 1, 3}}).cohen_kappa,
                     (12.0 / 16 - 112.0 / 256) / (1 - 112.0 / 256));
    // Class 1 has no clips, and in the second matrix one clip predicted as it.
    EXPECT_DOUBLE_EQ(metrics_of({{3, 0, 1}, {0, 0, 0}, {0, 0, 4}}).cohen_kappa, 3.0 / 4);
    EXPECT_DOUBLE_EQ(metrics_of({{3, 1, 0}, {0, 0, 0}, {0, 0, 4}}).cohen_kappa, 7.0 / 9);
    EXPECT_EQ(metrics_of({{5, 0}, {0, 2}}).cohen_kappa, 1);
    EXPECT_EQ(metrics_of({{4, 0}, {4, 0}}).cohen_kappa, 0) << "one answer to everything is chance";
    EXPECT_DOUBLE_EQ(metrics_of({{0, 2}, {3, 0}}).cohen_kappa, -12.0 / 13);
    EXPECT_TRUE(std::isnan(metrics_of({{4, 0}, {0, 0}}).cohen_kappa)) << "all agree, and would by chance: 0 / 0";
    EXPECT_TRUE(std::isnan(metrics_of({}).cohen_kappa));
}

TEST(Metrics, EachHasOneDefinition)
{
    std::set<std::string> names, titles;
    for (const Metric& metric : all_metrics()) {
        EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
        EXPECT_TRUE(titles.insert(metric.title).second) << metric.title;
        Metrics values;
        values.*metric.value = 1;
        int set = 0;
        for (const Metric& other : all_metrics()) {
            set += std::isnan(values.*other.value) ? 0 : 1;
        }
        EXPECT_EQ(set, 1) << metric.name << " shares its value with another";
    }
    EXPECT_EQ(all_metrics().front().value, &Metrics::accuracy);
}

TEST(Metrics, Properties)
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const std::size_t classes = 1 + random() % 12;
        Confusion confusion(classes, std::vector<std::int64_t>(classes));
        for (auto& row : confusion) {
            for (auto& count : row) {
                count = random() % 3 == 0 ? 0 : static_cast<std::int64_t>(random() % 50);
            }
        }
        const Metrics metrics = metrics_of(confusion);
        for (const double value : {metrics.accuracy, metrics.precision_macro, metrics.recall_macro, metrics.f1_macro,
                                   metrics.f1_class_mean}) {
            EXPECT_GE(value, 0);
            EXPECT_LE(value, 1);
        }
        EXPECT_EQ(metrics.f1_micro, metrics.accuracy);
        if (!std::isnan(metrics.balanced_accuracy)) {
            EXPECT_EQ(metrics.balanced_accuracy, metrics.recall_macro);
        }
        if (!std::isnan(metrics.cohen_kappa)) {
            EXPECT_GE(metrics.cohen_kappa, -1);
            EXPECT_LE(metrics.cohen_kappa, 1);
        }
        EXPECT_LE(metrics.f1_macro, std::max(metrics.precision_macro, metrics.recall_macro) + 1e-12);

        // Renaming the classes and counting every clip twice change nothing.
        Confusion turned(classes, std::vector<std::int64_t>(classes));
        for (std::size_t i = 0; i < classes; ++i) {
            for (std::size_t j = 0; j < classes; ++j) {
                turned[classes - 1 - i][classes - 1 - j] = 2 * confusion[i][j];
            }
        }
        const Metrics same = metrics_of(turned);
        EXPECT_NEAR(same.accuracy, metrics.accuracy, 1e-12);
        EXPECT_NEAR(same.precision_macro, metrics.precision_macro, 1e-12);
        EXPECT_NEAR(same.recall_macro, metrics.recall_macro, 1e-12);
        EXPECT_NEAR(same.f1_class_mean, metrics.f1_class_mean, 1e-12);
        if (!std::isnan(metrics.cohen_kappa)) {
            EXPECT_NEAR(same.cohen_kappa, metrics.cohen_kappa, 1e-12);
        }
    }
}

TEST(TopThree, CountsClipsWhoseClassIsAmongThem)
{
    EXPECT_DOUBLE_EQ(metrics_of({}, {{0, 1, 0.9F}, {1, 3, 0.5F}, {1, 4, 0.5F}, {2, 2, 0.4F}}).top3_accuracy, 0.75);
    EXPECT_TRUE(std::isnan(metrics_of({}).top3_accuracy)) << "not kept is not 0";
}

}  // namespace
}  // namespace attnsweep::configs
