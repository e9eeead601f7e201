// Before the first trial every node is looked at: one table, and what is wrong with its remedy.
#include "tests/paths.h"
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Preflighted : public RunFixture {
protected:
    /// A trial program that says it is of another version on the ranks of node 1 alone, and is the stand-in otherwise.
    std::string bad_on_node_1() const
    {
        const auto path = folder_ / "half-bad";
        write_text(
            path,
            "#!/bin/sh\n[ \"$1\" = doctor ] || exec " + tests::quoted(attnsweep::tests::paths::stand_in_trial) +
                " \"$@\"\n[ \"$OMPI_COMM_WORLD_RANK\" -lt 2 ] || echo '{\"version\": \"0.0.9\", \"cuda\": {}}'\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return quoted(path);
    }
    std::string line_with(const std::string& program, const std::string& more) const
    {
        std::string text = "export ATTNSWEEP_VIRTUAL_NODE=2; " + line(4, "", more);
        const std::string before = "ATTNSWEEP_TRIAL_PROGRAM=" + tests::quoted(attnsweep::tests::paths::stand_in_trial);
        return text.replace(text.find(before), before.size(), "ATTNSWEEP_TRIAL_PROGRAM=" + program);
    }
};

TEST_F(Preflighted, ALineANodeBeforeTheFirstTrial)
{
    const Ended ended = run("export ATTNSWEEP_VIRTUAL_NODE=2; " + line(4));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("node"), HasSubstr("#0 "), HasSubstr("#1 "), HasSubstr("12 clips"),
                                    HasSubstr("libraries: "), HasSubstr("+0.0 s")));
    EXPECT_LT(ended.output.find("libraries: "), ended.output.find("begins"));
}

TEST_F(Preflighted, ABadNodeStopsTheRun)
{
    const Ended ended = run(line_with(bad_on_node_1(), ""));
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("#1: programs: "), HasSubstr("is 0.0.9, this rank is"),
                                    HasSubstr("--on-bad-node leave-out"), Not(HasSubstr("begins"))));
}

TEST_F(Preflighted, OrIsLeftOut)
{
    const Ended ended = run(line_with(bad_on_node_1(), "--on-bad-node leave-out"));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("#1 is left out"), HasSubstr("begins on "), Not(HasSubstr("#1 slot"))));
    EXPECT_EQ(count(store::Status::done), 8);
}

TEST_F(Preflighted, WhenAllAreBadItStopsWhateverWasAsked)
{
    const Ended ended = run(line(0, "", "--on-bad-node leave-out --device cuda"));
    EXPECT_EQ(ended.code, 6) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("begins")));
}

TEST_F(Preflighted, DoctorLooksAndRunsNothing)
{
    const Ended ended = run(line(2, "", "--doctor"));
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, AllOf(HasSubstr("12 clips"), Not(HasSubstr("begins"))));
}

TEST_F(Preflighted, AttnsweepDoctorLooksAtThisMachine)
{
    const Ended good = run(program() + " doctor --data " + quoted(folder_ / "shards") + " --store " + quoted(store()));
    EXPECT_EQ(good.code, 0) << good.output;
    EXPECT_THAT(good.output, AllOf(HasSubstr("libtorch"), HasSubstr("12 clips"), HasSubstr("locks")));
    const Ended bad = run(program() + " doctor --data " + quoted(folder_ / "nowhere"));
    EXPECT_EQ(bad.code, 3) << bad.output;
    EXPECT_THAT(bad.output, HasSubstr("BAD"));
}

}  // namespace
}  // namespace attnsweep::tests
