// A report as a folder.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/report.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> names_in(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().filename());
    }
    return names;
}

class ReportTest : public testing::Test {
protected:
    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    configs::Sweep sweep_ = synthetic_sweep();
};

TEST_F(ReportTest, WithoutGnuplotAllElseIsWritten)
{
    fill(store_, sweep_);
    const std::string path = std::getenv("PATH");
    setenv("PATH", folder_.path().c_str(), 1);
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    setenv("PATH", path.c_str(), 1);
    std::vector<std::string> expected{"index.html", "report.md", "report.tex"};
    for (const char* table :
         {"table1", "table2", "validation", "cost", "mistakes-1", "mistakes-2", "classes", "change-1", "change-2"}) {
        for (const char* extension : {".md", ".tex", ".csv", ".json"}) {
            expected.push_back(std::string(table) + extension);
        }
    }
    EXPECT_THAT(names_in(folder_ / "report"), testing::UnorderedElementsAreArray(expected));
    ASSERT_EQ(written.warnings.size(), 1U);
    EXPECT_THAT(written.warnings[0], HasSubstr("gnuplot-nox"));
    EXPECT_THAT(files::read_file(folder_ / "report" / "report.md"), Not(HasSubstr(".svg")));
}

TEST_F(ReportTest, WithGnuplotTheFiguresStandInIt)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed";
    }
    fill(store_, sweep_);
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    EXPECT_TRUE(written.warnings.empty());
    EXPECT_THAT(names_in(folder_ / "report"),
                testing::IsSupersetOf({"figure2.svg", "figure2.png", "accuracy_by_ratio.svg", "accuracy_by_ratio.png",
                                       "cost.svg", "cost.png", "class_change.svg", "class_change.png",
                                       "confusion-1.svg", "confusion-10.png"}));
    const std::string markdown = files::read_file(folder_ / "report" / "report.md");
    EXPECT_THAT(markdown, testing::AllOf(HasSubstr("(figure2.svg)"), HasSubstr("(accuracy_by_ratio.svg)"),
                                         HasSubstr("Table II"), HasSubstr("--set training.max_epochs=60")));
}

TEST_F(ReportTest, OverAnEarlierReportNothingOfThatIsLeft)
{
    fill(store_, sweep_);
    write_report(store_, {}, folder_ / "report");
    files::write_durably(folder_ / "report" / "confusion-77.png", "of an earlier report");
    files::write_durably(folder_ / "report" / "change-3.csv", "of an earlier report");
    files::write_durably(folder_ / "report" / "notes.md", "mine");
    configs::Sweep smaller = synthetic_sweep("smaller");
    std::erase_if(smaller.trials, [](const configs::Trial& trial) { return trial.label.starts_with("stft"); });
    store_.record_sweep(smaller);
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    std::vector<std::string> expected{"notes.md"};
    for (const auto& file : written.files) {
        expected.push_back(file.filename());
    }
    EXPECT_THAT(names_in(folder_ / "report"), testing::UnorderedElementsAreArray(expected));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "report" / "mistakes-2.csv"));
}

TEST_F(ReportTest, ASweepThatHasNotBegunIsReportedAsMissing)
{
    store_.record_sweep(sweep_);
    EXPECT_THAT(render_report(store_, {}, Format::text), HasSubstr("0 of 30 trials done, 30 missing"));
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    EXPECT_THAT(written.warnings, testing::ElementsAre(HasSubstr("no epoch")));
}

TEST_F(ReportTest, AnUnknownSweepNamesTheKnownOnes)
{
    store_.record_sweep(sweep_);
    ReportOptions options;
    options.sweep = "synthetik";
    try {
        render_report(store_, options, Format::text);
        FAIL() << "rendered";
    } catch (const store::Error& error) {
        EXPECT_EQ(error.kind(), store::Error::Kind::unknown);
        EXPECT_THAT(error.what(), HasSubstr("did you mean synthetic?"));
    }
}

TEST_F(ReportTest, AnEmptyStoreSaysSo)
{
    EXPECT_THROW(render_report(store_, {}, Format::text), store::Error);
}

}  // namespace
}  // namespace attnsweep::reports
