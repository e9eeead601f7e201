// What no trial here can do is said before the first one, by `run`, `run --doctor`, `plan` and `doctor` alike.
#include <thread>

#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RefusedBefore : public RunFixture {
protected:
    std::string plan(const std::string& more = "") const { return plan_on(store(), more); }
    std::string plan_on(const std::filesystem::path& store, const std::string& more = "") const
    {
        return program() + " plan " + quoted(folder_ / "sweep.toml") + " --data " + quoted(folder_ / "shards") +
               " --store " + quoted(store) + " " + more;
    }
    std::string doctor_on(const std::filesystem::path& store) const
    {
        return "export ATTNSWEEP_TRIAL_PROGRAM=" + quoted(paths::stand_in_trial) + "; " + program() +
               " doctor --device cpu --data " + quoted(folder_ / "shards") + " --store " + quoted(store);
    }
    std::string run_on(const std::filesystem::path& store) const { return line(0, "", "--store " + quoted(store)); }
    void expect_alike(const std::vector<std::string>& lines, int code, const std::string& words) const
    {
        for (const std::string& one : lines) {
            const Ended ended = run(one);
            EXPECT_EQ(ended.code, code) << one << "\n" << ended.output;
            EXPECT_THAT(ended.output, AllOf(HasSubstr(words), Not(HasSubstr("begins on")), Not(HasSubstr("failed ("))))
                << one;
        }
    }
};

TEST_F(RefusedBefore, APrecisionThatTheProcessorLacks)
{
    const std::string tf32 = "--set training.precision=tf32";
    expect_alike({line(0, "", tf32), line(0, "", tf32 + " --doctor"), line(2, "", tf32 + " --device cpu"), plan(tf32)},
                 2, "training.precision = tf32 needs a GPU, and trials run on the CPU here");
    const std::string said = run(line(0, "", tf32)).output;
    EXPECT_EQ(said.find("tf32"), said.rfind("tf32")) << "once: " << said;
    expect_alike({line(2, "", tf32)}, 2, "precision: training.precision = tf32 needs a GPU");
    EXPECT_EQ(run(line(0, "", "--set training.precision=bfloat16")).code, 0);
}

TEST_F(RefusedBefore, AnEmptySplit)
{
    const std::string empty = "--set data.test_fraction=0.99";
    expect_alike({line(0, "", empty), line(2, "", empty), line(0, "", empty + " --doctor"), plan(empty)}, 3,
                 "the split of its 12 clips leaves 0 to train");
    EXPECT_FALSE(std::filesystem::exists(store_folder())) << "nothing was made";
}

TEST_F(RefusedBefore, FarMoreThreadsThanCores)
{
    if (std::thread::hardware_concurrency() >= 256) {
        GTEST_SKIP() << "the most threads that a sweep may have are not too many here";
    }
    const std::string threads = "--set execution.threads=1024", words = "execution.threads = 1024: ";
    expect_alike({line(0, "", threads), line(0, "", threads + " --doctor")}, 2, words);
    EXPECT_FALSE(std::filesystem::exists(store())) << "nothing was made";
    EXPECT_FALSE(std::filesystem::exists(store_folder()));
    const Ended planned = run(plan(threads));
    EXPECT_EQ(planned.code, 0) << "other machines have more cores: " << planned.output;
    EXPECT_THAT(planned.output, HasSubstr("note: a run on this machine would be refused: " + words));
    EXPECT_THAT(run(plan(threads + " --slots 1")).output, Not(HasSubstr("would be refused")));
    EXPECT_THAT(run(plan()).output, Not(HasSubstr("would be refused")));
}

TEST_F(RefusedBefore, AShardThatCannotBeRead)
{
    const auto shard = folder_ / "shards" / "cqt-00000.h5";
    ASSERT_TRUE(std::filesystem::exists(shard));
    std::filesystem::rename(shard, folder_ / "elsewhere");
    expect_alike({line(0), plan(), doctor_on(store())}, 3, "cqt-00000.h5");
    std::filesystem::create_symlink("cqt-00000.h5", shard);
    expect_alike({line(0), plan(), doctor_on(store())}, 3, "cqt-00000.h5");
    EXPECT_EQ(run(plan("--set data.spectrogram=stft")).code, 0) << "that kind is not read";
}

TEST_F(RefusedBefore, AStoreThatCannotBeMade)
{
    write_text(folder_ / "a-file", "");
    const auto below = folder_ / "a-file/results.db", too_long = folder_ / (std::string(300, 'x') + ".db");
    expect_alike({run_on(below), plan_on(below), doctor_on(below)}, 5, "cannot be created");
    expect_alike({run_on(too_long), plan_on(too_long), doctor_on(too_long)}, 2, "a file system takes 255");
    const auto other = folder_ / "other.db";
    write_text(other, std::string(5000, 'x'));
    expect_alike({run_on(other), plan_on(other), doctor_on(other)}, 5, "other.db");
    const auto fresh = folder_ / "new/folder/results.db";
    EXPECT_EQ(run(plan_on(fresh)).code, 0);
    EXPECT_EQ(run(doctor_on(fresh)).code, 0) << "the run makes it";
    EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
}

TEST_F(RefusedBefore, ATimeLimitThatCanNeverBeMet)
{
    const std::string words =
        "the time limit, 1:00 from now by --time-limit, is too short for any trial: 1:05 are kept back";
    const std::string limit = "--time-limit 1:00";
    expect_alike({line(0, "", limit), plan(limit)}, 2, words);
    const Ended planned = run(plan(limit));
    EXPECT_THAT(planned.output,
                AllOf(HasSubstr("not in time"), HasSubstr("would be enough"), HasSubstr("guessed"),
                      Not(HasSubstr("epoch's ;")), Not(HasSubstr("epochs .")), Not(HasSubstr("Ends in"))));
    EXPECT_EQ(run(line(0, "", "--time-limit 1:30")).code, 0);
    const Ended done = run(line(0, "", "--time-limit 0:01"));
    EXPECT_EQ(done.code, 0) << "nothing is left to run: " << done.output;
    EXPECT_EQ(run(plan("--time-limit 0:01")).code, 0);
}

TEST_F(RefusedBefore, ALimitBeyondTheClockIsNone)
{
    EXPECT_EQ(run(line(0, "", "--time-limit 999999-00:00:00")).code, 0);
}

}  // namespace
}  // namespace attnsweep::tests
