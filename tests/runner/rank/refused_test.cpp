// Stores that cannot be had: told once, by the right code, and nothing is run.
#include "tests/runner/rank/run_fixture.h"

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
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=400k") != 0) {
        GTEST_SKIP() << "mounting a small disk needs root";
    }
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

TEST_F(RunFixture, ATaskOfManyThatKnowsNoOtherIsRefused)
{
    const Ended alone = run("export SLURM_STEP_NUM_TASKS=4; " + line(0));
    EXPECT_EQ(alone.code, 2) << alone.output;
    EXPECT_THAT(alone.output, HasSubstr("srun started 4 tasks, but this one is alone"));
    EXPECT_FALSE(std::filesystem::exists(store()));
    // As Slurm's PMI-2: the variables are there, but MPI finds no one.
    const Ended under_pmi = run("export SLURM_STEP_NUM_TASKS=4 PMI_RANK=0 PMI_SIZE=4; " + line(0));
    EXPECT_EQ(under_pmi.code, 2) << under_pmi.output;
    EXPECT_THAT(under_pmi.output, HasSubstr("mpirun -n 4"));
    const std::string part = "--store " + quoted(folder_ / "results.d/") + " --part 1/4";
    EXPECT_EQ(run("export SLURM_STEP_NUM_TASKS=4; " + line(0, "", part)).code, 0) << "each task has a part of its own";
}

TEST_F(RunFixture, APartNeedsAFolderOfPartsOfItsNumber)
{
    const Ended file = run(line(0, "", "--part 1/2"));
    EXPECT_EQ(file.code, 2) << file.output;
    EXPECT_THAT(file.output, HasSubstr("--store results.d/"));
    EXPECT_FALSE(std::filesystem::exists(store()));
    const std::string folder = "--store " + quoted(folder_ / "results.d/") + " ";
    ASSERT_EQ(run(line(0, "", folder + "--part 1/2")).code, 0);
    const Ended mixed = run(line(0, "", folder + "--part 1/3"));
    EXPECT_EQ(mixed.code, 2) << mixed.output;
    EXPECT_THAT(mixed.output, HasSubstr("part-1-of-2.db"));
    const Ended whole = run(line(2, "", folder));
    EXPECT_EQ(whole.code, 2) << whole.output;
    EXPECT_THAT(whole.output, HasSubstr("give the part to run"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "results.d" / ".d"));
}

TEST_F(RunFixture, ACommandLineThatIsOff)
{
    EXPECT_EQ(run(program("attnsweep-run")).code, 2);
    EXPECT_EQ(run(line(0, "", "--device gpu")).code, 2);
    EXPECT_EQ(run(line(2, "", "--retry all")).code, 2);
    for (const char* part : {"0/8", "9/8", "3", "x/y"}) {
        const Ended ended = run(line(0, "", std::string("--part ") + part));
        EXPECT_EQ(ended.code, 2) << part;
        EXPECT_THAT(ended.output, HasSubstr("expected K/N with K from 1 to N"));
    }
    const Ended help = run(mpirun(2) + program("attnsweep-run") + " --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.output.find("Examples:"), help.output.rfind("Examples:")) << "by one rank";
    EXPECT_THAT(help.output, HasSubstr("Examples:"));
}

}  // namespace
}  // namespace attnsweep::tests
