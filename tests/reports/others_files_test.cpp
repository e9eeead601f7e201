// Nothing is written over a file that attnsweep did not write; its own of an earlier time are replaced.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/durable_file.h"
#include "reports/export/export_rows.h"
#include "reports/others_files.h"
#include "reports/report.h"
#include "reports/tables/comparison_output.h"
#include "tests/environment_variable.h"
#include "tests/store/synthetic_sweep.h"
#include "tests/temporary_folder.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class OthersFilesTest : public testing::Test {
protected:
    OthersFilesTest()
    {
        fill(store_, synthetic_sweep());
        std::filesystem::create_directory(out_);
    }
    void report() const { (void)write_report(store_, {}, out_); }
    void export_as(QueryFormat format) const { (void)export_rows(store_, {}, format, out_); }
    void comparison() const
    {
        std::vector<std::string> warnings;
        const auto side = [&](const char* name) {
            return find_side(name, folder_ / "results.db", store::Weights::last);
        };
        (void)write_comparison(compare(side("stft-r0"), side("cqt-r0"), {"accuracy"}), out_, warnings);
    }
    /// With somebody's own file of that name there, nothing is written, and it is named.
    template <typename Write> void expect_kept(const std::string& name, const Write& write) const
    {
        std::filesystem::remove_all(out_);
        std::filesystem::create_directory(out_);
        std::ofstream(out_ / name) << "mine\n";
        try {
            write();
            ADD_FAILURE() << name << " was written over";
        } catch (const store::Error& error) {
            EXPECT_EQ(error.kind(), store::Error::Kind::unwritable);
            EXPECT_THAT(error.what(), AllOf(HasSubstr("out/" + name), HasSubstr("name another folder with --")));
        }
        EXPECT_EQ(files::read_file(out_ / name), "mine\n");
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(out_), {}), 1);
    }
    template <typename Write> void expect_replaced(const std::string& name, const Write& write) const
    {
        std::filesystem::remove_all(out_);
        write();
        const std::string whole = files::read_file(out_ / name);
        std::ofstream(out_ / name, std::ios::app) << "\n";
        write();
        EXPECT_EQ(files::read_file(out_ / name), whole) << name;
    }

    tests::TemporaryFolder folder_;
    store::Store store_ = store::Store::open_to_write(folder_ / "results.db");
    std::filesystem::path out_ = folder_ / "out";
    tests::EnvironmentVariable no_gnuplot_{"PATH", folder_.path().string()};
};

TEST_F(OthersFilesTest, AReportKeepsThem)
{
    for (const char* name : {"index.html", "report.md", "table2.csv", "figure2.svg", "confusion-10.png"}) {
        expect_kept(name, [&] { report(); });
    }
}

TEST_F(OthersFilesTest, AnExportKeepsThem)
{
    for (const char* name : {"trials", "epochs"}) {
        expect_kept(std::string(name) + ".csv", [&] { export_as(QueryFormat::csv); });
        expect_kept(std::string(name) + ".json", [&] { export_as(QueryFormat::json); });
    }
}

TEST_F(OthersFilesTest, AComparisonKeepsThem)
{
    for (const char* name : {"comparison.md", "comparison.csv", "comparison.json", "curves.svg"}) {
        expect_kept(name, [&] { comparison(); });
    }
}

TEST_F(OthersFilesTest, ItsOwnAreReplaced)
{
    for (const char* name : {"index.html", "table2.csv"}) {
        expect_replaced(name, [&] { report(); });
    }
    for (const char* name : {"trials", "epochs"}) {
        expect_replaced(std::string(name) + ".csv", [&] { export_as(QueryFormat::csv); });
        expect_replaced(std::string(name) + ".json", [&] { export_as(QueryFormat::json); });
    }
    expect_replaced("comparison.md", [&] { comparison(); });
}

TEST_F(OthersFilesTest, AnInterruptedReportIsWrittenOver)
{
    report();
    std::filesystem::remove(out_ / "index.html");
    std::filesystem::create_directory(out_ / "index.html");  // what makes the end of a report fail
    EXPECT_THROW(report(), store::Error);
    std::filesystem::remove_all(out_);
    // As if killed after its first table.
    report();
    std::ofstream(out_ / "index.html") << "<title>Unfinished: attnsweep report</title>";
    std::filesystem::remove(out_ / "report.md");
    report();
    EXPECT_THAT(files::read_file(out_ / "index.html"), HasSubstr("synthetic: attnsweep report</title>"));
    EXPECT_TRUE(std::filesystem::exists(out_ / "report.md"));
}

}  // namespace
}  // namespace attnsweep::reports
