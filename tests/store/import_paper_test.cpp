// Table II in a store: as published, in nobody's way, and honest when compared with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report.h"
#include "reports/show.h"
#include "reports/tables/comparison_output.h"
#include "store/import_paper.h"
#include "store/maintenance/verify.h"
#include "store/paper_reference.h"
#include "store/reading/query.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::store {
namespace {

using namespace reports;

using testing::HasSubstr;

class ImportPaper : public testing::Test {
protected:
    ImportPaper()
    {
        Store store = Store::open_to_write(path_);
        fill(store, synthetic_sweep());
        import_paper(store);
        import_paper(store);
    }
    tests::TemporaryFolder folder_;
    std::filesystem::path path_ = folder_ / "results.db";
};

TEST_F(ImportPaper, TableTwoIsThereToTheLastDigit)
{
    const SweepResults results = read_results(Store::open_to_read(path_), std::string(paper_sweep), Weights::last);
    ASSERT_EQ(results.configurations.size(), 10U);
    for (std::size_t i = 0; i < 10; ++i) {
        const PaperRow& row = paper_table_two()[i];
        ASSERT_EQ(results.configurations[i].repeats.size(), 1U);
        const configs::Metrics& metrics = results.configurations[i].repeats[0].test.value().metrics;
        EXPECT_EQ(metrics.accuracy, row.accuracy);
        EXPECT_EQ(metrics.precision_macro, row.precision_macro);
        EXPECT_EQ(metrics.recall_macro, row.recall_macro);
        EXPECT_EQ(metrics.f1_macro, row.f1_macro);
    }
}

TEST_F(ImportPaper, WhatThePaperDoesNotGiveIsNotZero)
{
    const Store store = Store::open_to_read(path_);
    Query query;
    query.sweeps = {std::string(paper_sweep)};
    query.columns = {"f1_class_mean", "top3_accuracy", "balanced_accuracy", "cohen_kappa", "loss",
                     "parameters",    "duration_s",    "peak_memory_bytes", "best_epoch"};
    int rows = 0;
    run_query(store, query, [&](const std::vector<Value>& row) {
        ++rows;
        for (std::size_t i = 0; i < row.size(); ++i) {
            EXPECT_TRUE(std::holds_alternative<std::monostate>(row[i])) << query.columns[i];
        }
    });
    EXPECT_EQ(rows, 10);
    ReportOptions options;
    options.sweep = paper_sweep;
    const std::string text = render_report(store, options, Format::text);
    const std::size_t row = text.find("stft-r25 ");
    EXPECT_THAT(text.substr(row, text.find('\n', row) - row), testing::EndsWith(".8586           –        –"));
    EXPECT_THAT(render(compare(find_side(std::string(paper_sweep), path_, Weights::last),
                               find_side("synthetic", path_, Weights::last), {"f1_class_mean"}),
                       Format::text, true),
                HasSubstr("f1_class_mean: not known of A."));
}

TEST_F(ImportPaper, ItIsInNobodysWay)
{
    const Store store = Store::open_to_read(path_);
    EXPECT_EQ(find_sweep(store, "").name, "synthetic") << "the sweep run last";
    EXPECT_EQ(store.find_trial("stft-r0-s1").sweep, "synthetic");
    EXPECT_THAT(show_trial(store, "paper-stft-r25", Format::text), HasSubstr("(none: these are the paper's numbers"));
    EXPECT_EQ(find_side("stft-r25", path_, Weights::last).results.sweep.name, "synthetic");
    ReportOptions options;
    options.sweep = paper_sweep;
    EXPECT_THAT(render_report(store, options, Format::text), HasSubstr("95.09"));
}

TEST_F(ImportPaper, AComparisonSaysWhatItCannotSay)
{
    const Comparison comparison = compare(find_side(std::string(paper_sweep), path_, Weights::last),
                                          find_side("synthetic", path_, Weights::last));
    ASSERT_EQ(comparison.configurations.size(), 10U);
    EXPECT_EQ(comparison.asked, 0U);
    for (const ConfigurationComparison& one : comparison.configurations) {
        EXPECT_TRUE(one.pairs.empty());
        EXPECT_FALSE(one.metrics[0].conclusion.difference.interval.has_value());
        EXPECT_FALSE(one.metrics[0].conclusion.p.has_value());
        EXPECT_EQ(one.metrics[5].a.n, 0) << "F1 over classes, which the paper does not give";
        EXPECT_THAT(one.verdict, testing::AllOf(HasSubstr("whose spread was not published"),
                                                HasSubstr("The other side's own 95 % interval")));
    }
}

TEST_F(ImportPaper, AStoreMadeAnewHasItToo)
{
    const std::filesystem::path other = folder_ / "other.db";
    {
        Store store = Store::open_to_write(other);
        import_paper(store);
    }
    const Verified found = verify(other);
    EXPECT_TRUE(found.ok()) << testing::PrintToString(found.problems);
    EXPECT_GT(found.rows, 40);
}

}  // namespace
}  // namespace attnsweep::store
