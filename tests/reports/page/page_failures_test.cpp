// What a report cannot be written of, or without, is named.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <sys/mount.h>

#include "store/connection.h"
#include "tests/environment_variable.h"
#include "tests/reports/page/page_fixture.h"
#include "tests/store/synthetic_sweep.h"

namespace attnsweep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(PageTest, AMatrixOfAnotherSizeIsDamage)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    configs::TrialResult result = done_result(sweep.trials[0], {9, 9, 9});
    result.last.confusion = {{9, 1}, {1, 9}};
    store_.commit(result);
    expect_refused(store::Error::Kind::damaged,
                   AllOf(HasSubstr("stft-r0-s1"), HasSubstr("3 x 3"), HasSubstr("store rebuild")));
}

TEST_F(PageTest, AFailedAttemptsDamagedSettingsAreDamage)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    store_.commit(failed_result(sweep.trials[0], "error", "no"));
    store_.connection().database().exec("UPDATE attempts SET execution = '{\"host\":5}'");
    expect_refused(store::Error::Kind::damaged, AllOf(HasSubstr("execution settings"), HasSubstr("store rebuild")));
}

TEST_F(PageTest, WhatIsDamagedOfATrialThatIsDoneHasARemedyToo)
{
    const configs::Sweep sweep = synthetic_sweep();
    store_.record_sweep(sweep);
    store_.commit(lifelike_result(sweep.trials[0]));
    store_.connection().database().exec("UPDATE attempts SET execution = '{\"host\":5}'");
    expect_refused(store::Error::Kind::damaged,
                   AllOf(HasSubstr("execution settings"), HasSubstr("results.db"), HasSubstr("store rebuild")));
}

TEST_F(PageTest, AStaleTemporaryFolderCostsNothing)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed";
    }
    fill(store_, synthetic_sweep());
    const tests::EnvironmentVariable variable("TMPDIR", "/nonexistent");
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    EXPECT_THAT(written.warnings, testing::IsEmpty());
    EXPECT_TRUE(std::filesystem::exists(folder_ / "report/figure2.png"));
}

TEST_F(PageTest, ATemporaryFolderWithoutRoomCostsTheFiguresAlone)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed";
    }
    fill(store_, synthetic_sweep());
    const std::filesystem::path disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=8k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
    std::ofstream(disk / "filling") << std::string(8192, 'x');
    const tests::EnvironmentVariable variable("TMPDIR", disk.string());
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    ::umount2(disk.c_str(), MNT_DETACH);
    EXPECT_THAT(written.warnings, testing::ElementsAre(AllOf(HasSubstr("no figure is drawn"), HasSubstr("TMPDIR"))));
    const auto files = bytes_in(folder_ / "report");
    EXPECT_TRUE(files.contains("index.html") && files.contains("table2.csv") && !files.contains("figure2.svg"));
}

TEST_F(PageTest, OneMatrixThatCannotBeDrawnIsNamedAndTheOthersAreThere)
{
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed";
    }
    fill(store_, synthetic_sweep());
    // A gnuplot that refuses a title; nothing but the third matrix has it.
    std::filesystem::create_directory(folder_ / "bin");
    const std::filesystem::path program = folder_ / "bin" / "gnuplot";
    const std::string path = std::getenv("PATH");
    files::write_durably(program,
                         "#!/bin/sh\nif grep -q '^set title.*stft-r50' script; then echo refused >&2; exit 1; fi\n"
                         "PATH='" +
                             path + "' exec gnuplot \"$@\"\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const tests::EnvironmentVariable variable("PATH", (folder_ / "bin").string() + ":" + path);
    const WrittenReport written = write_report(store_, {}, folder_ / "report");
    EXPECT_THAT(written.warnings, testing::ElementsAre(AllOf(HasSubstr("confusion-3"), HasSubstr("refused"))));
    const auto files = bytes_in(folder_ / "report");
    for (int number = 1; number <= 10; ++number) {
        for (const char* extension : {".svg", ".png"}) {
            const std::string name = "confusion-" + std::to_string(number) + extension;
            EXPECT_EQ(files.contains(name), number != 3) << name;
            EXPECT_EQ(std::count(written.files.begin(), written.files.end(), folder_ / "report" / name),
                      number == 3 ? 0 : 1)
                << name;
        }
    }
    EXPECT_TRUE(files.contains("cost.svg"));
    EXPECT_THAT(files.at("index.html"), HasSubstr("confusion-3"));
}

TEST_F(PageTest, AFolderThatCannotBeMadeIsNamed)
{
    store_.record_sweep(synthetic_sweep());
    files::write_durably(folder_ / "a file", "x");
    expect_refused(store::Error::Kind::unwritable,
                   AllOf(HasSubstr("the report cannot be written"), HasSubstr("a file")),
                   std::filesystem::path("a file") / "report");
}

}  // namespace
}  // namespace attnsweep::reports
