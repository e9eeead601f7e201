#include "runner/node/preflight.h"

#include <chrono>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runner/node/command_output.h"
#include "runner/version.h"
#include "tests/environment_variable.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Verdict = Check::Verdict;

void write_text(const std::filesystem::path& path, const std::string& text)
{
    std::ofstream(path) << text;
}

Check of(const NodeReport& report, const std::string& subject)
{
    for (const Check& check : report.checks) {
        if (check.subject == subject) {
            return check;
        }
    }
    return {subject, "not looked at", Verdict::bad, {}, {}, 0};
}

class Preflight : public ::testing::Test {
protected:
    Preflight()
    {
        node_.name = "n";
        node_.usable_cores = 2;
        question_.store_folder = folder_.path();
        question_.device = "cpu";
    }
    /// A trial program that answers so.
    void trial_program(const std::string& answer)
    {
        question_.trial_program = folder_ / "trial's program";
        write_text(question_.trial_program, "#!/bin/sh\ncat <<'END'\n" + answer + "\nEND\n");
        std::filesystem::permissions(question_.trial_program, std::filesystem::perms::owner_all);
    }
    static std::string answer(const std::string& version, const std::string& cuda = R"({"loaded": false})")
    {
        return R"({"version": ")" + version + R"(", "libtorch": "2.11", "processor": "AVX2", "cuda": )" + cuda + "}";
    }
    NodeReport report() const { return check_node(node_, question_); }

    tests::TemporaryFolder folder_;
    Node node_;
    PreflightQuestion question_;
};

TEST_F(Preflight, AGoodNodeIsGood)
{
    trial_program("a warning\n" + answer(version_text()));
    const NodeReport good = report();
    EXPECT_EQ(good.bad(), nullptr) << preflight_text({good});
    EXPECT_THAT(of(good, "libraries").found,
                AllOf(HasSubstr("libtorch 2.11 (AVX2)"), HasSubstr("HDF5 1."), HasSubstr("SQLite 3.")));
    EXPECT_THAT(of(good, "store").found, HasSubstr("locks"));
    EXPECT_THAT(of(good, "disk").found, HasSubstr("GB free"));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()),
              1)
        << "nothing is left behind";
}

TEST_F(Preflight, APluginForGpusThatCannotBeUsedIsAWarning)
{
    trial_program(answer(version_text(), R"({"loaded": true, "plugin": {"file": "/bin/p.so", "why": ""}})"));
    EXPECT_THAT(of(report(), "libraries").found, HasSubstr(", libattnsweep_cuda.so"));
    EXPECT_EQ(of(report(), "libraries").verdict, Verdict::good);
    trial_program(
        answer(version_text(), R"({"loaded": true, "plugin": {"file": "/bin/p.so", "why": "/bin/p.so is missing"}})"));
    const Check missing = of(report(), "libraries");
    EXPECT_EQ(missing.verdict, Verdict::warning);
    EXPECT_THAT(missing.found, HasSubstr("no libattnsweep_cuda.so"));
    EXPECT_EQ(missing.wrong, "/bin/p.so is missing");
    EXPECT_EQ(missing.remedy,
              "until then trials run without CUDA graphs, and a trial that is to have several GPUs fails: set "
              "execution.devices_per_trial = 1");

    question_.replicas = 2;
    EXPECT_EQ(of(report(), "libraries").verdict, Verdict::warning) << "on cores nobody needs it";
    question_.device = "cuda";
    EXPECT_EQ(of(report(), "libraries").verdict, Verdict::bad) << "each trial would fail";
    EXPECT_EQ(of(report(), "libraries").exit_code, exit_no_device);
}

TEST_F(Preflight, ATrialProgramOfAnotherVersionIsBad)
{
    trial_program(answer("0.0.1+other"));
    const Check check = of(report(), "programs");
    EXPECT_EQ(check.verdict, Verdict::bad);
    EXPECT_THAT(check.wrong, AllOf(HasSubstr("0.0.1+other"), HasSubstr(version_text())));
    EXPECT_THAT(check.remedy, HasSubstr("together"));
}

TEST_F(Preflight, OneThatCannotStartIsBadAndItsLastWordsAreSaid)
{
    trial_program("error while loading shared libraries: libtorch_cpu.so");
    EXPECT_EQ(of(report(), "programs").verdict, Verdict::bad);
    EXPECT_THAT(of(report(), "programs").wrong, HasSubstr("libtorch_cpu.so"));
    question_.trial_program = "/nowhere/trial";
    EXPECT_EQ(of(report(), "programs").verdict, Verdict::bad);
}

TEST_F(Preflight, TheTrialProgramIsAskedWithoutAnyProgramOfThePath)
{
    question_.trial_program = folder_ / "trial";
    write_text(question_.trial_program, "#!/bin/sh\necho '" + answer(version_text()) + "'\n");
    std::filesystem::permissions(question_.trial_program, std::filesystem::perms::owner_all);
    const tests::EnvironmentVariable none("PATH", "/nowhere");
    EXPECT_EQ(of(report(), "programs").verdict, Verdict::good) << of(report(), "programs").wrong;
}

TEST(ProgramOutput, IsWhatAProgramSaysWithinALimit)
{
    std::string why_not;
    const std::vector<std::string> variables{"A=b"};
    const auto said = [&](const std::string& script, int limit_s) {
        why_not.clear();
        return program_output({"/bin/sh", "-c", script}, variables, limit_s, why_not);
    };
    EXPECT_EQ(said("read line; echo \"$A$line\"; echo c >&2", 60), "b\nc\n");
    EXPECT_EQ(why_not, "");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(said("echo early; sleep 60; echo late", 1), "early\n");
    EXPECT_EQ(why_not, "no answer within 1 s");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
    EXPECT_EQ(program_output({"/nowhere/program"}, variables, 60, why_not), "");
    EXPECT_EQ(why_not, "No such file or directory");
}

TEST_F(Preflight, AStoreThatIsNotThereNotTheSameOrNotWritableIsBad)
{
    question_.store_folder = folder_ / "nowhere";
    EXPECT_THAT(of(report(), "store").wrong, HasSubstr("is not there on this node"));
    question_.store_folder = folder_.path();
    question_.store_holder = "rank-0s-host";
    EXPECT_THAT(of(report(), "store").wrong, HasSubstr("another folder here than rank 0's"));
    EXPECT_EQ(of(report(), "store").exit_code, exit_store);
    write_text(folder_ / "lease", "rank-0s-host boot 7 1\n");
    EXPECT_EQ(of(report(), "store").verdict, Verdict::good);
    question_.store_folder = "/proc/self";
    question_.store_holder.clear();
    EXPECT_THAT(of(report(), "store").wrong, HasSubstr("cannot be written"));
}

TEST_F(Preflight, WantOfDiskIsAWarningForAllAndBadForOne)
{
    question_.kept_bytes = std::int64_t{1} << 60;
    EXPECT_EQ(of(report(), "disk").verdict, Verdict::warning);
    EXPECT_THAT(of(report(), "disk").remedy, HasSubstr("checkpoint.keep=last"));
    question_.running_bytes = std::int64_t{1} << 60;
    EXPECT_EQ(of(report(), "disk").verdict, Verdict::bad);
    EXPECT_EQ(of(report(), "disk").exit_code, exit_no_space);
}

TEST_F(Preflight, WantOfMemoryIsAWarning)
{
    question_.trial_memory_bytes = std::int64_t{1} << 60;
    EXPECT_EQ(of(report(), "memory").verdict, Verdict::warning);
}

TEST_F(Preflight, EachReplicaIsInTheNodesMemoryOnlyWhereCoresAreTheDevice)
{
    question_.trial_memory_bytes = available_memory_bytes() / 4;
    question_.replicas = 64;
    question_.device = "cpu";
    EXPECT_EQ(of(report(), "memory").verdict, Verdict::warning);
    question_.device = "cuda";
    EXPECT_EQ(of(report(), "memory").verdict, Verdict::good);
}

TEST_F(Preflight, ADataSetThatCannotBeReadIsBad)
{
    question_.data = folder_ / "shards";
    const Check check = of(report(), "data");
    EXPECT_EQ(check.verdict, Verdict::bad);
    EXPECT_EQ(check.exit_code, exit_bad_input);
    EXPECT_THAT(check.wrong, HasSubstr("shards"));
}

TEST(ClockCheck, WarnsAboveASecondAndIsBadAboveAMinute)
{
    EXPECT_EQ(clock_check(100, 100.1, 100.2).verdict, Verdict::good);
    EXPECT_EQ(clock_check(100, 102, 100.2).verdict, Verdict::warning);
    EXPECT_EQ(clock_check(100, 30, 100.2).verdict, Verdict::bad);
    EXPECT_THAT(clock_check(100, 30, 100.2).wrong, HasSubstr("behind"));
    EXPECT_THAT(clock_check(100, 300, 100.2).wrong, HasSubstr("ahead"));
    EXPECT_EQ(clock_check(100, 100, 300).verdict, Verdict::good) << "the message may have lain about for all of it";
    EXPECT_EQ(clock_check(100, 305, 300).verdict, Verdict::warning);
}

TEST(PreflightText, OneLineANodeThenWhatIsWrong)
{
    const NodeReport good{
        "a", {{"libraries", "libtorch 1", Verdict::good, {}, {}, 0}, {"data", "9 clips", Verdict::good, {}, {}, 0}}};
    NodeReport bad = good;
    bad.node = "b";
    bad.checks[0].found = "libtorch 2";
    bad.checks[1] = {"data", "another", Verdict::bad, "another data set", "give the same --data", 3};
    const std::string text = preflight_text({good, bad});
    EXPECT_THAT(text, AllOf(HasSubstr("a     9 clips\n"), HasSubstr("b     another BAD\n"),
                            HasSubstr("libraries: libtorch 1\n"), HasSubstr("b has other libraries: libtorch 2"),
                            HasSubstr("BAD b: data: another data set\n    -> give the same --data\n")))
        << text;
    EXPECT_THAT(text, Not(HasSubstr("clock"))) << "nobody looked";
}

}  // namespace
}  // namespace attnsweep::runner
