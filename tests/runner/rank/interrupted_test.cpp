// Asked to end, or killed: nothing is lost, and the same line goes on.
#include "tests/runner/rank/run_fixture.h"

#include <algorithm>

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Drained : public RunFixture, public ::testing::WithParamInterface<std::pair<int, int>> {};

TEST_P(Drained, CheckpointsEndsWith75AndGoesOn)
{
    const auto [ranks, number] = GetParam();
    Started sweep(line(ranks, "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    ::kill(sweep.process(), number);
    const Ended ended = sweep.wait();
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("rerun the command to resume"));
    EXPECT_THAT(processes_named("stand_in_trial", folder_.path().string()), IsEmpty()) << "a trial was left running";
    EXPECT_EQ(count(store::Status::pending), 8) << "a drained trial is no failure";
    EXPECT_TRUE(std::filesystem::exists(attempt_folder("stft-r25-s1", 1) / "checkpoint"));

    const Ended resumed = run(line(ranks, "", "--slots 2"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_THAT(resumed.output, HasSubstr("stft-r25-s1 resumes in epoch"));
    EXPECT_EQ(states().at("stft-r25-s1").attempts, 2);
    EXPECT_EQ(count(store::Status::done), 8);
}

INSTANTIATE_TEST_SUITE_P(RanksAndSignal, Drained,
                         ::testing::Values(std::pair{0, SIGINT}, std::pair{0, SIGTERM}, std::pair{0, SIGUSR1},
                                           std::pair{0, SIGUSR2}, std::pair{0, SIGXCPU}, std::pair{1, SIGUSR1},
                                           std::pair{2, SIGUSR1}, std::pair{4, SIGUSR1}),
                         [](const auto& parameter) {
                             return std::to_string(parameter.param.first) + "_signal" +
                                    std::to_string(parameter.param.second);
                         });

class Killed : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Killed, EveryRankByKillThenTheSameLine)
{
    Started sweep(line(GetParam(), "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    for (const pid_t rank : ranks()) {
        ::kill(rank, SIGKILL);
    }
    sweep.signal(SIGKILL);
    EXPECT_NE(sweep.wait().code, 0);

    const Ended resumed = run(line(GetParam(), "", "--slots 2"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_EQ(states().at("stft-r25-s1").attempts, 2);
    EXPECT_THAT(resumed.output, HasSubstr("stft-r25-s1 resumes in epoch")) << "its pipe broke, so it left a checkpoint";
    EXPECT_THAT(processes_named("stand_in_trial", folder_.path().string()), IsEmpty());
}

TEST_P(Killed, TheLauncherAloneByKillLeavesNothingRunning)
{
    if (GetParam() == 0) {
        GTEST_SKIP() << "there is no launcher";
    }
    Started sweep(line(GetParam(), "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    ::kill(sweep.process(), SIGKILL);
    sweep.wait();
    EXPECT_TRUE(
        soon([&] { return ranks().empty() && processes_named("stand_in_trial", folder_.path().string()).empty(); }));
    const Ended resumed = run(line(GetParam(), "", "--slots 2"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
}

INSTANTIATE_TEST_SUITE_P(Ranks, Killed, ::testing::Values(0, 1, 2, 4),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(RunFixture, MpirunsCrashLeavesTheWordsOfAnInterruptionByEveryRank)
{
    Started sweep(line(2, "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    ::kill(sweep.process(), SIGSEGV);
    EXPECT_EQ(sweep.wait().code, 139);
    EXPECT_TRUE(soon([&] { return ranks().empty(); }));
    EXPECT_THAT(contents(folder_ / "log"),
                ::testing::AllOf(
                    HasSubstr("attnsweep: rank 0: interrupted: the launcher is gone; rerun the command to resume"),
                    HasSubstr("attnsweep: rank 1: interrupted: the launcher is gone; rerun the command to resume")));
}

TEST_F(RunFixture, CtrlCUnderMpirunLeavesWordsToo)
{
    Started sweep(line(2, "*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 3/40")) << contents(folder_ / "log");
    ::kill(sweep.process(), SIGINT);
    EXPECT_NE(sweep.wait().code, 0);
    EXPECT_TRUE(soon([&] { return ranks().empty(); })) << "where mpirun crashed, they notice within a second";
    EXPECT_THAT(contents(folder_ / "log"), HasSubstr("interrupted: "));
    EXPECT_THAT(contents(folder_ / "log"), HasSubstr("rerun the command to resume"));
}

TEST_F(RunFixture, AFormerAttemptThatDoesNotEndIsFenced)
{
    Started sweep(line(0, "stft-r25-s1=stubborn"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 1/40")) << contents(folder_ / "log");
    sweep.end(SIGKILL);
    const auto living = [&] { return processes_named("stand_in_trial", folder_.path().string()); };
    ASSERT_TRUE(soon([&] { return living().size() == 1; })) << "the stubborn one, and nothing else";
    const pid_t old = living().front();

    const Ended resumed = run(line(0, "", "--grace 1"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_THAT(resumed.output, HasSubstr("stft-r25-s1 waits for process " + std::to_string(old)));
    EXPECT_THAT(living(), IsEmpty()) << "two attempts of one trial were alive";
    EXPECT_EQ(states().at("stft-r25-s1").attempts, 2);
}

TEST_F(RunFixture, ATrialThatDoesNotEndInTimeIsKilledAndNoFailure)
{
    Started sweep(line(0, "stft-r25-s1=stubborn", "--grace 1"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 1/40"));
    sweep.signal(SIGTERM);
    const Ended ended = sweep.wait();
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_EQ(states().at("stft-r25-s1").status, store::Status::pending);
}

TEST_F(RunFixture, ASecondInterruptEndsAtOnceAndTrialsEndByThemselves)
{
    Started sweep(line(0, "stft-r25-s1=stubborn,*=slow", "--slots 2"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r25-s1 epoch 1/40"));
    ::kill(sweep.process(), SIGINT);
    ASSERT_TRUE(sweep.says("SIGINT"));
    ::kill(sweep.process(), SIGINT);
    const Ended ended = sweep.wait();  // the grace is a minute
    EXPECT_EQ(ended.code, 75) << ended.output;
    const Ended resumed = run(line(0, "", "--grace 1"));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
}

class Unheard : public RunFixture, public ::testing::WithParamInterface<const char*> {};

TEST_P(Unheard, AResultWhoseRankDiedIsTakenInAndNotRunAgain)
{
    const Ended died = run(line(0, std::string("cqt-r0-s1=") + GetParam(), "--slots 1"));
    EXPECT_EQ(died.code, 128 + SIGKILL) << died.output;
    EXPECT_THAT(died.output, Not(HasSubstr("cqt-r0-s1 done")));
    const Ended resumed = run(line(0));
    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_EQ(states().at("cqt-r0-s1").attempts, 1);
    EXPECT_THAT(resumed.output, Not(HasSubstr("cqt-r0-s1 begins")));
    EXPECT_TRUE(pending_is_empty());
}

INSTANTIATE_TEST_SUITE_P(Moment, Unheard, ::testing::Values("kill-rank", "kill-rank-unannounced"),
                         [](const auto& parameter) {
                             std::string name = parameter.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_F(RunFixture, FailuresOfAKilledRunCountInTheNext)
{
    // Two deaths by signal on record, the third sets it aside.
    ASSERT_EQ(run(line(0, "stft-r0-s2=segv")).code, 4);
    std::filesystem::remove_all(attempt_folder("stft-r0-s2", 3));
    const Ended ended = run(line(0, "stft-r0-s2=segv"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_EQ(states().at("stft-r0-s2").attempts, 4) << "numbered on from what the store knows, tried once more";
}

}  // namespace
}  // namespace attnsweep::tests
