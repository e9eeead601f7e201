#include "runner/planning/time_limit.h"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "files/durable_file.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

TEST(TimeLimit, AsSlurmWritesIt)
{
    EXPECT_EQ(time_limit_s("3:50:00"), 13800);
    EXPECT_EQ(time_limit_s("0:50:00"), 3000);
    EXPECT_EQ(time_limit_s("50:00"), 3000);
    EXPECT_EQ(time_limit_s("0:01"), 1);
    EXPECT_EQ(time_limit_s("90:00"), 5400) << "the first number may be large";
    EXPECT_EQ(time_limit_s("1-02:00:00"), 93600);
    EXPECT_EQ(time_limit_s("0-00:10:00"), 600);
    for (const char* wrong : {"", "4h", "50", "1:2:3:4", "3:60:00", "3:5:", ":50", "-1:00", "1-02:00", "1-",
                              "UNLIMITED", "0:00", "99999999999:00", "1 :00"}) {
        EXPECT_FALSE(time_limit_s(wrong)) << wrong;
    }
}

class JobEnd : public ::testing::Test {
public:
    JobEnd() : path_(std::getenv("PATH"))
    {
        ::setenv("SLURM_JOB_ID", "41", 1);
        ::unsetenv("SLURM_JOB_END_TIME");
    }
    ~JobEnd() override
    {
        for (const char* name : {"SLURM_JOB_ID", "SLURM_JOB_END_TIME", "PBS_JOBID", "LSB_JOBID", "LSB_JOBINDEX"}) {
            ::unsetenv(name);
        }
        ::setenv("PATH", path_.c_str(), 1);
    }
    void squeue(const std::string& script) { command("squeue", script); }
    void command(const std::string& name, const std::string& script)
    {
        files::write_durably(folder_ / name, "#!/bin/sh\n" + script + "\n");
        ::chmod((folder_ / name).c_str(), 0755);
        ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
    }

    tests::TemporaryFolder folder_;
    std::string path_;
};

TEST_F(JobEnd, OutsideOfAJobThereIsNone)
{
    squeue("date -d '1 hour' +%Y-%m-%dT%H:%M:%S");
    ::unsetenv("SLURM_JOB_ID");
    EXPECT_FALSE(job_time().left_s);
}

TEST_F(JobEnd, ByTheEnvironment)
{
    ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 600).c_str(), 1);
    ASSERT_TRUE(job_time().left_s);
    EXPECT_NEAR(*job_time().left_s, 600, 5);
    EXPECT_EQ(job_time().source, "Slurm job 41 (SLURM_JOB_END_TIME)");
}

TEST_F(JobEnd, OneThatIsOverIsSaidAndIgnored)
{
    ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) - 7200).c_str(), 1);
    const JobTime time = job_time();
    EXPECT_FALSE(time.left_s);
    EXPECT_THAT(time.notice,
                testing::AllOf(testing::HasSubstr("Slurm job 41 was to end 2:00:0"), testing::HasSubstr("ignored")));
    squeue("date -d '1 hour' +%Y-%m-%dT%H:%M:%S");
    ASSERT_TRUE(job_time().left_s) << "it was extended";
    EXPECT_EQ(job_time().notice, "");
}

TEST(TimeText, IsWhatATimeLimitIsReadFrom)
{
    EXPECT_EQ(time_text(65), "1:05");
    EXPECT_EQ(time_text(3599.2), "1:00:00");
    EXPECT_EQ(time_text(90000), "25:00:00");
    for (const double seconds : {1.0, 59.0, 61.0, 3600.0, 86399.0}) {
        EXPECT_EQ(time_limit_s(time_text(seconds)), seconds);
    }
}

TEST(TimeLimit, TooShortForAnyTrialSaysWhatWouldBeEnough)
{
    const JobTime minute{60, "--time-limit"};
    EXPECT_EQ(
        too_short_for_any(minute, 60, 1.5),
        "the time limit, 1:00 from now by --time-limit, is too short for any trial: 1:05 are kept back to end it "
        "(--grace 60), and about 0:07 are needed to start one and reach a first checkpoint; 1:13 would be enough, "
        "or a shorter --grace");
    EXPECT_EQ(too_short_for_any(minute, 10, 1.5), "");
    EXPECT_EQ(too_short_for_any({73, "--time-limit"}, 60, 1.5), "") << "what was said to be enough";
    EXPECT_EQ(too_short_for_any({}, 60, 1.5), "");
}

TEST_F(JobEnd, BySqueue)
{
    squeue("[ \"$*\" = '-h -j 41 -o %e' ] && date -d '1 hour' +%Y-%m-%dT%H:%M:%S");
    ASSERT_TRUE(job_time().left_s);
    EXPECT_NEAR(*job_time().left_s, 3600, 5);
}

TEST_F(JobEnd, OfPbsIsTheWallTimeLessWhatWasUsed)
{
    ::unsetenv("SLURM_JOB_ID");
    ::setenv("PBS_JOBID", "1234[7].pbs-server", 1);
    command("qstat",
            "[ \"$*\" = '-f 1234[7].pbs-server' ] && printf 'Job Id: 1234\\n    Resource_List.walltime = 04:00:00\\n"
            "    resources_used.walltime = 00:10:05\\n    comment = Resource_List.walltime\\n'");
    EXPECT_EQ(job_time().left_s, 4 * 3600 - 605);
    command("qstat", "echo '    Resource_List.walltime = 00:01:00'; echo '    resources_used.walltime = 00:02:00'");
    EXPECT_EQ(job_time().left_s, 1.0) << "the end is near, not unknown";
    command("qstat", "echo qstat: Unknown Job Id >&2; exit 153");
    EXPECT_EQ(job_time().left_s, std::nullopt);
}

TEST_F(JobEnd, OfLsfIsItsHardLimit)
{
    ::unsetenv("SLURM_JOB_ID");
    ::setenv("LSB_JOBID", "88", 1);
    command("bjobs", "[ \"$*\" = '-noheader -o time_left 88' ] && echo '3:59 L'");
    EXPECT_EQ(job_time().left_s, 3 * 3600 + 59 * 60);
    ::setenv("LSB_JOBINDEX", "2", 1);
    command("bjobs", "[ \"$4\" = '88[2]' ] && echo '0:01 L'");
    EXPECT_EQ(job_time().left_s, 60);
    for (const char* script : {"echo '0:10 E'", "echo -", "exit 255"}) {
        command("bjobs", script);
        EXPECT_EQ(job_time().left_s, std::nullopt) << script;
    }
}

TEST_F(JobEnd, SqueueThatDoesNotKnowOrIsNotThere)
{
    EXPECT_FALSE(job_time().left_s);
    for (const char* script : {"echo NONE", "echo N/A", "exit 1", "echo 'slurm_load_jobs error' >&2; exit 1"}) {
        squeue(script);
        EXPECT_FALSE(job_time().left_s) << script;
    }
    squeue("echo 2030-01-01T00:00:00");
    ::setenv("SLURM_JOB_ID", "41; touch /tmp/never", 1);
    EXPECT_FALSE(job_time().left_s) << "no number of a job";
}

}  // namespace
}  // namespace attnsweep::runner
