// Numbers against scikit-learn, SciPy and statsmodels (fixtures/make_fixtures.py), and how often a conclusion is wrong.
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "configs/trial_result.h"
#include "reports/analysis/inference.h"
#include "reports/analysis/statistics.h"
#include "tests/paths.h"

namespace attnsweep::reports {
namespace {

nlohmann::json fixture(const char* name, const char* part)
{
    std::ifstream file(std::string(attnsweep::tests::paths::source) + "/tests/reports/analysis/fixtures/" + name);
    nlohmann::json cases = nlohmann::json::parse(file).at(part);
    EXPECT_FALSE(cases.empty());
    return cases;
}

constexpr double tolerance = 1e-9;

TEST(ScikitLearn, AThousandConfusionMatrices)
{
    const nlohmann::json cases = fixture("confusion_matrices.json", "matrices");
    ASSERT_EQ(cases.size(), 1000U);
    for (const nlohmann::json& known : cases) {
        const auto confusion = known.at("matrix").get<configs::Confusion>();
        const configs::Metrics metrics = configs::metrics_of(confusion);
        EXPECT_NEAR(metrics.accuracy, known.at("accuracy"), tolerance) << known;
        EXPECT_NEAR(metrics.precision_macro, known.at("macro")[0], tolerance) << known;
        EXPECT_NEAR(metrics.recall_macro, known.at("macro")[1], tolerance) << known;
        EXPECT_NEAR(metrics.f1_class_mean, known.at("macro")[2], tolerance) << known;
        EXPECT_NEAR(metrics.f1_micro, known.at("f1_micro"), tolerance) << known;
        EXPECT_NEAR(metrics.balanced_accuracy, known.at("balanced_accuracy"), tolerance) << known;
        if (known.at("kappa").is_null()) {
            EXPECT_TRUE(std::isnan(metrics.cohen_kappa)) << known;
        } else {
            EXPECT_NEAR(metrics.cohen_kappa, known.at("kappa"), tolerance) << known;
        }
        const double precision = known.at("macro")[0], recall = known.at("macro")[1];
        EXPECT_NEAR(metrics.f1_macro * (precision + recall), 2 * precision * recall, tolerance) << known;
        const std::vector<configs::ClassMetrics> classes = configs::class_metrics_of(confusion);
        for (std::size_t k = 0; k < classes.size(); ++k) {
            EXPECT_NEAR(classes[k].precision, known.at("precision")[k], tolerance) << known;
            EXPECT_NEAR(classes[k].recall, known.at("recall")[k], tolerance) << known;
            EXPECT_NEAR(classes[k].f1, known.at("f1")[k], tolerance) << known;
        }
    }
}

TEST(SciPy, QuantilesOfStudentsT)
{
    for (const nlohmann::json& known : fixture("inference.json", "t_quantiles")) {
        EXPECT_NEAR(t_quantile(known.at("probability"), known.at("degrees")) / known.at("value").get<double>(), 1,
                    tolerance)
            << known;
    }
}

TEST(SciPy, IntervalsForMeans)
{
    for (const nlohmann::json& known : fixture("inference.json", "intervals")) {
        const auto values = known.at("values").get<std::vector<double>>();
        const Summary summary = summarise(std::span<const double>(values));
        EXPECT_NEAR(summary.mean, known.at("mean"), tolerance) << known;
        EXPECT_NEAR(*summary.standard_deviation, known.at("sd"), tolerance) << known;
        EXPECT_NEAR(summary.interval->low, known.at("interval")[0], tolerance) << known;
        EXPECT_NEAR(summary.interval->high, known.at("interval")[1], tolerance) << known;
    }
}

TEST(SciPy, SignFlips)
{
    for (const nlohmann::json& known : fixture("inference.json", "sign_flips")) {
        EXPECT_NEAR(sign_flip_p(known.at("values").get<std::vector<double>>()), known.at("p"), tolerance) << known;
    }
}

TEST(StatsModels, Holm)
{
    for (const nlohmann::json& known : fixture("inference.json", "holm")) {
        const std::vector<double> corrected = holm(known.at("p").get<std::vector<double>>());
        ASSERT_EQ(corrected.size(), known.at("corrected").size());
        for (std::size_t i = 0; i < corrected.size(); ++i) {
            EXPECT_NEAR(corrected[i], known.at("corrected")[i], tolerance) << known;
        }
    }
}

constexpr std::array levels{0.95};

TEST(StatsModels, TheBootstrapAgreesWithClusterRobustErrors)
{
    for (const nlohmann::json& known : fixture("inference.json", "clusters")) {
        std::vector<Cluster> clusters;
        for (std::size_t i = 0; i < known.at("clips").size(); ++i) {
            clusters.push_back({known.at("clips")[i], known.at("sums")[i]});
        }
        const Interval interval = cluster_bootstrap(clusters, levels).at(0);
        // The widening for few clusters taken off, half of the interval is near 1.96 standard errors.
        const auto n = static_cast<double>(clusters.size());
        const double errors = t_quantile(0.975, n - 1) * std::sqrt(n / (n - 1));
        const double error = known.at("error"), mean = known.at("mean");
        EXPECT_NEAR((interval.high - interval.low) / 2 / errors, error, 0.06 * error) << known;
        EXPECT_NEAR((interval.high + interval.low) / 2, mean, 0.25 * error) << known;
    }
}

TEST(SignFlip, BelowSixNoneIsSmallEnough)
{
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{0.02, 0.03, 0.01}), 0.25);
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>(5, 0.1)), 0.0625);
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>(6, 0.1)), 0.03125);
    EXPECT_DOUBLE_EQ(sign_flip_p({}), 1);
}

TEST(SignFlip, DrawnSignsAgreeWithAllOfThem)
{
    // 17 differences are drawn from; a pair whose sum cannot change the question makes 16 of them 17.
    std::vector<double> differences;
    differences.reserve(17);
    for (int i = 0; i < 16; ++i) {
        differences.push_back(0.01 * ((i * 7) % 16) - 0.045);
    }
    const double exact = sign_flip_p(differences);
    differences.push_back(0);
    const double drawn = sign_flip_p(differences);
    EXPECT_NE(drawn, exact);
    EXPECT_NEAR(drawn, exact, 0.01);
    EXPECT_EQ(drawn, sign_flip_p(differences)) << "a seed gives the same again";
    EXPECT_GT(sign_flip_p(std::vector<double>(40, 1.0)), 0) << "never 0: what is observed is one of the draws";
}

TEST(SignFlip, DrawsAreThoseOfOneBitADifference)
{
    for (const std::size_t count : {17U, 64U, 65U, 100U, 300U}) {
        std::vector<double> differences;
        for (std::size_t i = 0; i < count; ++i) {
            differences.push_back(0.01 * static_cast<double>((i * 7) % 16) - 0.0713);
        }
        const double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
        std::mt19937_64 random(1);
        int extreme = 1;
        for (int draw = 0; draw < 65'535; ++draw) {
            double sum = 0;
            std::uint64_t bits = 0;
            for (std::size_t i = 0; i < count; ++i) {
                bits = i % 64 == 0 ? random() : bits >> 1;
                sum += (bits & 1U) != 0 ? -differences[i] : differences[i];
            }
            extreme += std::abs(sum) >= std::abs(observed) * (1 - 1e-12) ? 1 : 0;
        }
        EXPECT_EQ(sign_flip_p(differences), extreme / 65'536.0) << count;
    }
}

TEST(SignFlip, ManyDifferencesFollowTheNormalLaw)
{
    std::vector<double> differences;
    differences.reserve(301);
    for (int i = 0; i < 300; ++i) {
        differences.push_back(0.01 * ((i * 7) % 16) - 0.07);
    }
    const double drawn = sign_flip_p(differences);
    differences.push_back(0);
    const double normal = sign_flip_p(differences);
    EXPECT_NE(normal, drawn);
    EXPECT_NEAR(normal, drawn, 0.01);
    EXPECT_GT(sign_flip_p(std::vector<double>(10'000, 1.0)), 0);
    EXPECT_EQ(sign_flip_p(std::vector<double>(301, 0.0)), 1);
}

TEST(ValuesNeeded, GrowWithTheSpreadAndShrinkWithTheDifference)
{
    // statsmodels: TTestPower().solve_power(effect_size=1, alpha=0.05, power=0.8) = 9.94, by the noncentral t; this rule gives 10.
    EXPECT_EQ(values_needed(0.01, 0.01), 10);
    EXPECT_GT(values_needed(0.02, 0.01), 30);
    EXPECT_EQ(values_needed(0, 0.01), 2);
    EXPECT_EQ(values_needed(1, 0.01, 500), 500);
}

TEST(ClusterBootstrap, OneRecordingSaysNothing)
{
    EXPECT_TRUE(cluster_bootstrap(std::vector<Cluster>{{10, 3}}, levels).empty());
    EXPECT_TRUE(cluster_bootstrap({}, levels).empty());
}

TEST(ClusterBootstrap, ASeedGivesTheSameAgain)
{
    std::vector<Cluster> clusters;
    for (int i = 1; i <= 30; ++i) {
        clusters.push_back({1.0 + i % 7, std::sin(i)});
    }
    const Interval first = cluster_bootstrap(clusters, levels).at(0), again = cluster_bootstrap(clusters, levels).at(0);
    EXPECT_EQ(first.low, again.low);
    EXPECT_NE(first.low, cluster_bootstrap(clusters, levels, 10'000, 2).at(0).low);
}

}  // namespace
}  // namespace attnsweep::reports
