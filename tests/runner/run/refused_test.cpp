// Stores that cannot be had: told once, by the right code, and nothing is run.
#include "tests/runner/run/run_fixture.h"

#include <algorithm>

#include <sys/mount.h>

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Refused : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Refused, ASecondRunOnTheSameStore)
{
    Started first(line(0, "*=slow", "--slots 1"), folder_ / "log");
    ASSERT_TRUE(first.says("epoch 1/40"));
    const Ended second = run(line(GetParam()));
    EXPECT_EQ(second.code, 5) << second.output;
    EXPECT_THAT(second.output, HasSubstr("in use by process " + std::to_string(first.process())));
    EXPECT_THAT(second.output, Not(HasSubstr("begins")));
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().code, 75) << "the first was not disturbed";
}

TEST_P(Refused, AnUnwritableStore)
{
    write_text(folder_ / "a-file", "");
    const Ended ended = run(line(GetParam(), "", "--store " + quoted(folder_ / "a-file/results.db")));
    EXPECT_EQ(ended.code, 5) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("a-file/results.db"));
}

TEST_P(Refused, AStoreThatIsNone)
{
    write_text(store(), std::string(5000, 'x'));
    const Ended ended = run(line(GetParam()));
    EXPECT_EQ(ended.code, 5) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("results.db"));
    EXPECT_EQ(contents(store()).size(), 5000u) << "somebody's file was touched";
}

INSTANTIATE_TEST_SUITE_P(Ranks, Refused, ::testing::Values(0, 2),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(RunFixture, ADiskThatFillsUpStopsTheSweepAndKeepsResults)
{
    const auto disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=400k") != 0)
        GTEST_SKIP() << "mounting a small disk needs root";
    const std::string on_disk = "--slots 1 --store " + quoted(disk / "results.db");
    const Ended full = run(line(0, "", on_disk));
    EXPECT_EQ(full.code, 7) << full.output;
    EXPECT_THAT(full.output, HasSubstr("o space left"));
    EXPECT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=100m"), 0);
    const Ended resumed = run(line(0, "", on_disk));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_THAT(resumed.output, HasSubstr("8 of 8"));
    ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(RunFixture, ACommandLineThatIsOff)
{
    EXPECT_EQ(run(program("attnsweep-run")).code, 2);
    EXPECT_EQ(run(line(0, "", "--device gpu")).code, 2);
    EXPECT_EQ(run(line(2, "", "--retry all")).code, 2);
    const Ended help = run(mpirun(2) + program("attnsweep-run") + " --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.output.find("Examples:"), help.output.rfind("Examples:")) << "by one rank";
    EXPECT_THAT(help.output, HasSubstr("Examples:"));
}

}  // namespace
}  // namespace attnsweep::tests
