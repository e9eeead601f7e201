// A sweep in parts, as a job array runs it: a store a part, read as one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/program.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;

class Parts : public ::testing::Test {
protected:
    Parts()
    {
        write_tone_corpus(folder_ / "audio", 4, 8);
        const Ended ended = run(program() + " ingest " + quoted(folder_ / "audio") + " --out " +
                                quoted(folder_ / "shards") + tiny_geometry);
        EXPECT_EQ(ended.code, 0) << ended.output;
        write_text(folder_ / "tiny.toml", tiny_sweep(3));
    }

    std::string line(const std::string& store, const std::string& more = "") const
    {
        return program() + " run " + quoted(folder_ / "tiny.toml") + " --data " + quoted(folder_ / "shards") +
               " --store " + quoted(folder_ / store) + " " + more;
    }
    std::string read(const std::string& command, const std::string& store) const
    {
        const Ended ended = run(program() + " " + command + " --store " + quoted(folder_ / store));
        EXPECT_EQ(ended.code, 0) << command << ": " << ended.output;
        return ended.output;
    }
    std::string tables(const std::string& store) const
    {
        return read("report", store) + read("report --format csv --weights best", store) +
               read("query --format csv --columns label,status,accuracy,best_accuracy,loss,epochs,attempts", store);
    }

    TemporaryFolder folder_;
};

TEST_F(Parts, OneAfterAnotherOrAtOnceGiveTheTablesOfOneRun)
{
    const Ended whole = run(line("one.db"));
    ASSERT_EQ(whole.code, 0) << whole.output;
    const std::string expected = tables("one.db");

    for (const int part : {2, 3, 1}) {
        const Ended ended = run(line("results.d/", "--part " + std::to_string(part) + "/3"));
        ASSERT_EQ(ended.code, 0) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("of the sweep's 8 trials"));
        EXPECT_THAT(read("status", "results.d"), HasSubstr(" to go"));
    }
    EXPECT_EQ(tables("results.d"), expected);
    const Ended again = run(line("results.d/", "--part 2/3"));
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("nothing to run"));

    {
        Started first("exec " + line("at-once.d", "--part 1/2"), folder_ / "log-1");
        Started second("exec " + line("at-once.d", "--part 2/2"), folder_ / "log-2");
        EXPECT_EQ(first.wait().code, 0) << contents(folder_ / "log-1");
        EXPECT_EQ(second.wait().code, 0) << contents(folder_ / "log-2");
    }
    EXPECT_EQ(tables("at-once.d"), expected);

    EXPECT_THAT(read("plan " + quoted(folder_ / "tiny.toml") + " --data " + quoted(folder_ / "shards"), "results.d"),
                HasSubstr("8 trials, 0 to go"));
    const auto recording = folder_ / "audio" / "instrument-02" / "instrument-02-0.wav";
    EXPECT_THAT(read("predict --trial cqt-r0-s1 " + quoted(recording), "results.d"), HasSubstr("instrument-0"));
}

TEST_F(Parts, AnEditedSweepRunsOnlyTheDifferenceWhicheverPartHadDoneIt)
{
    for (const char* part : {"1/2", "2/2"}) {
        ASSERT_EQ(run(line("results.d", std::string("--set sweep.repeats=1 --part ") + part)).code, 0);
    }
    std::string output;
    for (const char* part : {"1/2", "2/2"}) {
        const Ended ended = run(line("results.d", std::string("--part ") + part));
        ASSERT_EQ(ended.code, 0) << ended.output;
        output += ended.output;
    }
    EXPECT_THAT(output, ::testing::Not(HasSubstr("-s1 epoch")));
    EXPECT_EQ(nlohmann::json::parse(read("query --format json", "results.d")).size(), 8u);
}

TEST_F(Parts, TheBatchScriptRunsTheTasksPart)
{
    const std::string script =
        quoted(std::filesystem::path(attnsweep::tests::paths::source) / "configs/slurm/array.sbatch");
    EXPECT_EQ(run("bash -n " + script).code, 0);
    for (const int task : {1, 2}) {
        const Ended ended =
            run("cd " + quoted(folder_.path()) + " && env PATH=" + quoted(attnsweep::tests::paths::programs) +
                ":$PATH SLURM_SUBMIT_DIR=" + quoted(folder_.path()) + " SLURM_ARRAY_TASK_ID=" + std::to_string(task) +
                " ATTNSWEEP_PARTS=2 ATTNSWEEP_SWEEP=tiny.toml "
                "ATTNSWEEP_DATA=shards ATTNSWEEP_STORE=array.d bash " +
                script);
        ASSERT_EQ(ended.code, 0) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("part " + std::to_string(task) + "/2"));
    }
    EXPECT_THAT(read("status", "array.d"), HasSubstr("8 done"));
    const Ended outside = run("cd " + quoted(folder_.path()) + " && env -u SLURM_ARRAY_TASK_ID bash " + script);
    EXPECT_EQ(outside.code, 2) << outside.output;
    EXPECT_THAT(outside.output, HasSubstr("sbatch"));
}

/// The scripts for PBS and LSF, with stand-ins for mpirun (the program without MPI) and qsub.
class BatchScripts : public Parts {
protected:
    BatchScripts()
    {
        std::filesystem::create_directory(folder_ / "bin");
        write_text(folder_ / "env.sh", "");
        write_text(folder_ / "hosts", "node1\nnode1\n");
        stand_in("qsub", "echo \"$*\" >" + quoted(folder_ / "submitted"));
        stand_in("mpirun", "echo \"$*\" >" + quoted(folder_ / "launched") +
                               "; while [ $1 != attnsweep ]; do shift; done; exec \"$@\"");
    }
    void stand_in(const std::string& name, const std::string& script) const
    {
        write_text(folder_ / "bin" / name, "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(folder_ / "bin" / name, std::filesystem::perms::owner_all);
    }
    Ended batch(const std::string& script, const std::string& variables) const
    {
        return run("cd / && env PATH=" + quoted(folder_ / "bin") + ":" + quoted(attnsweep::tests::paths::programs) +
                   ":$PATH " + variables + " ATTNSWEEP_SWEEP=tiny.toml ATTNSWEEP_SHORTEST_JOB_S=0 bash " +
                   quoted(std::filesystem::path(attnsweep::tests::paths::source) / "configs" / script));
    }
};

TEST_F(BatchScripts, OfPbsRunsTheSweepAndSubmitsItselfAgainWhileTrialsAreLeft)
{
    const std::string variables =
        "PBS_O_WORKDIR=" + quoted(folder_.path()) + " PBS_NODEFILE=" + quoted(folder_ / "hosts");
    const Ended ended = batch("pbs/attnsweep.pbs", variables);
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(read("status", "results.db"), HasSubstr("8 done"));
    EXPECT_THAT(contents(folder_ / "launched"), HasSubstr("--hostfile " + (folder_ / "hosts").string()));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "submitted"));
    // Drained by a signal to the script, as PBS sends it at the wall time.
    stand_in("mpirun", "trap 'exit 75' USR1; while :; do kill -TERM $PPID; sleep 0.2; done");
    EXPECT_EQ(batch("pbs/attnsweep.pbs", variables).code, 75);
    EXPECT_THAT(contents(folder_ / "submitted"), HasSubstr("ATTNSWEEP_SWEEP=tiny.toml"));
    EXPECT_NE(batch("pbs/attnsweep.pbs", "").code, 0) << "outside of a job";
}

TEST_F(BatchScripts, OfLsfRunsTheSweepAndEndsWithTheCodeThatRequeuesIt)
{
    const std::string variables =
        "LS_SUBCWD=" + quoted(folder_.path()) + " LSB_DJOB_HOSTFILE=" + quoted(folder_ / "hosts");
    const Ended ended = batch("lsf/attnsweep.lsf", variables);
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(read("status", "results.db"), HasSubstr("8 done"));
    stand_in("mpirun", "trap 'exit 75' USR1; while :; do kill -USR2 $PPID; sleep 0.2; done");
    EXPECT_EQ(batch("lsf/attnsweep.lsf", variables).code, 75);
    EXPECT_NE(batch("lsf/attnsweep.lsf", "").code, 0) << "outside of a job";
}

}  // namespace
}  // namespace attnsweep::tests
