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
protected:
    JobEnd() : path_(std::getenv("PATH"))
    {
        ::setenv("SLURM_JOB_ID", "41", 1);
        ::unsetenv("SLURM_JOB_END_TIME");
    }
    ~JobEnd() override
    {
        ::unsetenv("SLURM_JOB_ID");
        ::unsetenv("SLURM_JOB_END_TIME");
        ::setenv("PATH", path_.c_str(), 1);
    }
    void squeue(const std::string& script)
    {
        files::write_durably(folder_ / "squeue", "#!/bin/sh\n" + script + "\n");
        ::chmod((folder_ / "squeue").c_str(), 0755);
        ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
    }

    tests::TemporaryFolder folder_;
    std::string path_;
};

TEST_F(JobEnd, OutsideOfAJobThereIsNone)
{
    squeue("date -d '1 hour' +%Y-%m-%dT%H:%M:%S");
    ::unsetenv("SLURM_JOB_ID");
    EXPECT_FALSE(job_time_left_s());
}

TEST_F(JobEnd, ByTheEnvironment)
{
    ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 600).c_str(), 1);
    ASSERT_TRUE(job_time_left_s());
    EXPECT_NEAR(*job_time_left_s(), 600, 5);
}

TEST_F(JobEnd, BySqueue)
{
    squeue("[ \"$*\" = '-h -j 41 -o %e' ] && date -d '1 hour' +%Y-%m-%dT%H:%M:%S");
    ASSERT_TRUE(job_time_left_s());
    EXPECT_NEAR(*job_time_left_s(), 3600, 5);
}

TEST_F(JobEnd, SqueueThatDoesNotKnowOrIsNotThere)
{
    EXPECT_FALSE(job_time_left_s());
    for (const char* script : {"echo NONE", "echo N/A", "exit 1", "echo 'slurm_load_jobs error' >&2; exit 1"}) {
        squeue(script);
        EXPECT_FALSE(job_time_left_s()) << script;
    }
    squeue("echo 2030-01-01T00:00:00");
    ::setenv("SLURM_JOB_ID", "41; touch /tmp/never", 1);
    EXPECT_FALSE(job_time_left_s()) << "no number of a job";
}

}  // namespace
}  // namespace attnsweep::runner
