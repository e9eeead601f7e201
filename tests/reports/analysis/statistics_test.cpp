#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/analysis/statistics.h"
#include "store/paper_reference.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

Summary of(const std::vector<double>& values)
{
    return summarise(std::span<const double>(values));
}

TEST(Summary, ByHand)
{
    const Summary summary = of({2, 4, 4, 4, 5, 5, 7, 9});
    EXPECT_EQ(summary.n, 8);
    EXPECT_DOUBLE_EQ(summary.mean, 5);
    EXPECT_NEAR(*summary.standard_deviation, 2.138089935299395, 1e-12);  // sqrt(32 / 7)
}

TEST(Summary, OneValueHasNoDeviationAndNoneHasNoMean)
{
    EXPECT_DOUBLE_EQ(of({0.7}).mean, 0.7);
    EXPECT_FALSE(of({0.7}).standard_deviation.has_value());
    EXPECT_EQ(of({}).n, 0);
}

TEST(Summary, NearEqualValuesKeepTheirDigits)
{
    EXPECT_NEAR(*of({1e9 + 1, 1e9 + 2, 1e9 + 3}).standard_deviation, 1.0, 1e-6);
}

class RepeatsTest : public testing::Test {
protected:
    store::ConfigurationEntry configuration() const
    {
        return store::read_results(store_, "", store::Weights::last).configurations[1];
    }
    const configs::Trial& trial(std::size_t repeat) const { return sweep_.trials[3 + repeat]; }  // stft-r25

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
    std::int64_t revision_ = store_.record_sweep(sweep_);
};

TEST_F(RepeatsTest, MissingRepeatsAreCountedNotAveraged)
{
    store_.commit(done_result(trial(0), {10, 8, 6}));
    store_.commit(done_result(trial(1), {10, 10, 10}));
    const Completeness counts = completeness_of(configuration());
    EXPECT_EQ(counts.done, 2);
    EXPECT_EQ(counts.missing(), 1);
    EXPECT_EQ(in_words(counts), "2 of 3 trials done, 1 missing");
    EXPECT_NEAR(summarise(configuration())[&configs::Metrics::accuracy].mean, 0.9, 1e-12);
    EXPECT_EQ(summarise(configuration())[&configs::Metrics::accuracy].n, 2);
}

TEST_F(RepeatsTest, MetricsByHand)
{
    // Confusion of {10, 8, 6}: class 0 predicted 14 times, 1 8 times, 2 8 times; the other run is without error.
    store_.commit(done_result(trial(0), {10, 8, 6}));
    store_.commit(done_result(trial(1), {10, 10, 10}));
    const MetricSummaries summaries = summarise(configuration());
    const double precision = (10 / 14.0 + 1 + 6 / 8.0) / 3;
    EXPECT_NEAR(summaries[&configs::Metrics::precision_macro].mean, (precision + 1) / 2, 1e-12);
    EXPECT_NEAR(summaries[&configs::Metrics::recall_macro].mean, 0.9, 1e-12);
    EXPECT_NEAR(summaries[&configs::Metrics::f1_micro].mean, 0.9, 1e-12);
    EXPECT_NEAR(summaries[&configs::Metrics::f1_macro].mean,
                2 * 0.9 * (precision + 1) / 2 / (0.9 + (precision + 1) / 2), 1e-12);
    const double classes = (2 * (10 / 14.0) / (1 + 10 / 14.0) + 1.6 / 1.8 + 0.9 / 1.35) / 3;
    EXPECT_NEAR(summaries[&configs::Metrics::f1_class_mean].mean, (classes + 1) / 2, 1e-12);
    EXPECT_NEAR(*summaries[&configs::Metrics::accuracy].standard_deviation, 0.1414213562373095, 1e-12);
}

TEST_F(RepeatsTest, EqualRepeatsNeedNoCaution)
{
    for (std::size_t i = 0; i < 3; ++i) {
        store_.commit(done_result(trial(i), {10, 8, 6}));
    }
    EXPECT_TRUE(cautions(configuration()).empty());
}

TEST_F(RepeatsTest, DifferencesAreFlagged)
{
    configs::TrialResult mixed = done_result(trial(0), {10, 8, 6}), other = done_result(trial(1), {10, 8, 6});
    mixed.execution.mixed = true;
    other.execution.attnsweep_version = "0.2.0";
    other.execution.device = "cuda:1";
    other.split_digest = "another split";
    store_.commit(mixed);
    store_.commit(other);
    store_.commit(done_result(trial(2), {10, 8, 6}));
    EXPECT_THAT(cautions(configuration()),
                testing::UnorderedElementsAre(testing::HasSubstr("mixed): stft-r25-s1"),
                                              testing::HasSubstr("code (0.1.0, 0.2.0)"), testing::HasSubstr("splits"),
                                              testing::HasSubstr("device (cpu, cuda)")));
}

TEST_F(RepeatsTest, WaysToComputeAttentionAreFlagged)
{
    configs::TrialResult tiled = done_result(trial(0), {10, 8, 6}), chunked = done_result(trial(1), {10, 8, 6});
    tiled.execution.attention_implementation = "tiled";
    chunked.execution.attention_implementation = "chunked";
    store_.commit(tiled);
    store_.commit(chunked);
    store_.commit(done_result(trial(2), {10, 8, 6}));  // of before it was recorded: chunked
    EXPECT_THAT(cautions(configuration()),
                testing::ElementsAre("its repeats computed attention in different ways (chunked, tiled)"));
}

TEST_F(RepeatsTest, WaysToTakeAnOptimizersStepAreFlagged)
{
    configs::TrialResult together = done_result(trial(0), {10, 8, 6});
    together.execution.optimizer_step = "foreach";
    store_.commit(together);
    store_.commit(done_result(trial(1), {10, 8, 6}));
    EXPECT_THAT(
        cautions(configuration()),
        testing::ElementsAre("its repeats' optimizers took their steps in different ways (foreach, per_tensor)"));
}

TEST_F(RepeatsTest, NumbersOfReplicasAreFlagged)
{
    configs::TrialResult one = done_result(trial(0), {10, 8, 6}), two = done_result(trial(1), {10, 8, 6});
    two.execution.replicas = 2;
    store_.commit(one);
    store_.commit(two);
    EXPECT_THAT(cautions(configuration()),
                testing::ElementsAre("its repeats were trained by different numbers of replicas (1, 2)"));
}

TEST_F(RepeatsTest, TwoDevicesOfAKindAreOneKind)
{
    configs::TrialResult first = done_result(trial(0), {10, 8, 6}), second = done_result(trial(1), {10, 8, 6});
    first.execution.device = "cuda:0";
    second.execution.device = "cuda:1";
    store_.commit(first);
    store_.commit(second);
    EXPECT_TRUE(cautions(configuration()).empty());
}

TEST_F(RepeatsTest, WhatMattersOfAGpuIsItsModelAndCudnnAndNotTheProcessorBesideIt)
{
    configs::TrialResult first = done_result(trial(0), {10, 8, 6}), second = done_result(trial(1), {10, 8, 6});
    first.execution.device = second.execution.device = "cuda:0";
    first.execution.device_name = second.execution.device_name = "NVIDIA H100";
    first.execution.cudnn_version = "9.19.0";  // the other's is unknown
    second.execution.gpu_uuid = "GPU-another";
    second.execution.driver_version = "590.1";
    second.execution.threads = first.execution.threads + 1;
    second.execution.cpu_features = "another";
    store_.commit(first);
    store_.commit(second);
    EXPECT_TRUE(cautions(configuration()).empty());
    configs::TrialResult third = done_result(trial(2), {10, 8, 6});
    third.execution = first.execution;
    third.execution.device_name = "NVIDIA A100";
    third.execution.cudnn_version = "9.10.2";
    store_.commit(third);
    EXPECT_THAT(cautions(configuration()),
                testing::UnorderedElementsAre(testing::HasSubstr("GPU (NVIDIA A100, NVIDIA H100)"),
                                              testing::HasSubstr("cuDNN (9.10.2, 9.19.0)")));
}

TEST(PaperReference, AgreesWithItself)
{
    for (const store::PaperRow& row : store::paper_table_two()) {
        EXPECT_DOUBLE_EQ(row.accuracy, row.f1_micro);
        EXPECT_NEAR(2 * row.precision_macro * row.recall_macro / (row.precision_macro + row.recall_macro), row.f1_macro,
                    1e-4);
    }
    std::int64_t train = 0, test = 0;
    for (const store::PaperClass& row : store::paper_table_one()) {
        EXPECT_EQ(row.train + row.test, row.total) << row.name;
        train += row.train;
        test += row.test;
    }
    EXPECT_EQ(train, 18715);
    EXPECT_EQ(test, 2079);
    EXPECT_FALSE(store::paper_row(configs::Spectrogram::cqt, 0.3).has_value());
    EXPECT_FALSE(store::paper_class("kazoo").has_value());
}

}  // namespace
}  // namespace attnsweep::reports
