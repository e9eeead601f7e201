// Ranks that are killed or stopped, with MPI's fault tolerance and without: what they ran is run again, nothing is left
// running, and the exit code tells the truth.
#include "tests/runner/rank/run_fixture.h"

#include <optional>

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;

class LostRank : public RunFixture {
protected:
    /// Three epochs in, so that every slot runs something.
    void start(int ranks, int ranks_a_node, const std::string& more = "")
    {
        sweep_.emplace("export ATTNSWEEP_VIRTUAL_NODE=" + std::to_string(ranks_a_node) + "; " +
                           line(ranks, "*=slow", "--slots 1 --grace 1 " + more),
                       folder_ / "log");
        ASSERT_TRUE(sweep_->says("epoch 3/40")) << contents(folder_ / "log");
    }
    pid_t process_of(int rank) const
    {
        const std::string variable = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank);
        for (const pid_t process : ranks()) {
            if (contents("/proc/" + std::to_string(process) + "/environ").find(variable + '\0') != std::string::npos) {
                return process;
            }
        }
        ADD_FAILURE() << "there is no rank " << rank;
        return -1;
    }
    void signal(int rank, int number) const
    {
        if (const pid_t process = process_of(rank); process > 0) {
            ::kill(process, number);
        }
    }
    bool nothing_runs() const
    {
        return soon(
            [&] { return ranks().empty() && processes_named("stand_in_trial", folder_.path().string()).empty(); });
    }
    /// Without faults, on what is left.
    void go_on(const std::string& said = "8 of 8 trials")
    {
        const Ended resumed = run(line(2, "", "--slots 2"));
        EXPECT_EQ(resumed.code, 0) << resumed.output;
        EXPECT_THAT(resumed.output, HasSubstr(said));
        EXPECT_EQ(count(store::Status::done), 8);
    }

    std::optional<Started> sweep_;
};

class WithUlfm : public LostRank {
protected:
    void SetUp() override
    {
        if (ATTNSWEEP_MPI_HAS_ULFM == 0) {
            GTEST_SKIP() << "this MPI has no fault tolerance";
        }
        mpirun_options_ = "--with-ft ulfm";
    }
};

TEST_F(WithUlfm, AllWorkersButOneKilledOneByOneEveryTrialFinishes)
{
    start(4, 2);
    const std::string log = folder_ / "log";
    for (const int rank : {3, 1, 2}) {
        signal(rank, SIGKILL);
        ASSERT_TRUE(sweep_->says("rank " + std::to_string(rank) + " died")) << contents(log);
    }
    const Ended ended = sweep_->wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_THAT(ended.output, HasSubstr("to be run again: ")) << "rank 2 or 3 ran a trial";
    EXPECT_TRUE(nothing_runs());
}

TEST_F(WithUlfm, ALostRanksSlotIsUsedAgainAsSoonAsItsTrialHasEnded)
{
    start(4, 2, "--grace 600 --progress plain");  // closed for so long it would not be used again before all is done
    const std::string log = folder_ / "log";
    signal(2, SIGKILL);
    ASSERT_TRUE(sweep_->says("rank 2 died")) << contents(log);
    const Ended ended = sweep_->wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    const std::string after = ended.output.substr(ended.output.find("rank 2 died"));
    EXPECT_THAT(after, HasSubstr("#1 slot 0"));
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(nothing_runs());
}

TEST_F(WithUlfm, RankZeroKilledEndsTheJobAndTheSameLineGoesOn)
{
    start(3, 2);
    signal(0, SIGKILL);
    EXPECT_EQ(sweep_->wait().code, 75);
    EXPECT_TRUE(nothing_runs());
    go_on();
}

TEST_F(WithUlfm, AStoppedRankIsKilledByItsNeighbourAndTheSweepEndsOnTheOthers)
{
    start(4, 2, "--rank-timeout 2");
    signal(3, SIGSTOP);
    const Ended ended = sweep_->wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("rank 3 has not been heard for 2 s"));
    EXPECT_THAT(ended.output, HasSubstr("rank 3 did not answer and was killed"));
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(nothing_runs());
}

TEST_F(WithUlfm, AStoppedRankZeroIsKilledAndTheJobEnds)
{
    start(3, 2, "--rank-timeout 2");
    signal(0, SIGSTOP);
    EXPECT_EQ(sweep_->wait().code, 75);
    EXPECT_TRUE(nothing_runs());
    go_on();
}

TEST_F(WithUlfm, AStoppedRankWithoutNeighbourIsLeftOutAndTheLauncherDoesNotWaitForIt)
{
    start(3, 2, "--rank-timeout 2");
    signal(2, SIGSTOP);
    const Ended ended = sweep_->wait();
    EXPECT_EQ(ended.code, 75) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("no other rank of"));
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(nothing_runs());
    go_on("nothing to run");
}

TEST_F(WithUlfm, ARankThatWakesUpAfterItWasLeftOutEndsAndHarmsNothing)
{
    start(3, 2, "--rank-timeout 2");
    const pid_t sleeper = process_of(2);
    ::kill(sleeper, SIGSTOP);
    ASSERT_TRUE(sweep_->says("rank 2 has not been heard"));
    ::kill(sleeper, SIGCONT);
    const Ended ended = sweep_->wait();
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(nothing_runs());
}

class WithoutUlfm : public LostRank, public ::testing::WithParamInterface<std::pair<int, int>> {};

TEST_P(WithoutUlfm, TheJobEndsAndTheSameLineGoesOn)
{
    const auto [rank, number] = GetParam();
    start(4, 2, "--rank-timeout 2");
    signal(rank, number);
    const Ended ended = sweep_->wait();
    EXPECT_NE(ended.code, 0) << ended.output;
    EXPECT_TRUE(nothing_runs()) << "trials leave a checkpoint and end by themselves";
    go_on();
}

INSTANTIATE_TEST_SUITE_P(RankAndSignal, WithoutUlfm,
                         ::testing::Values(std::pair{0, SIGKILL}, std::pair{3, SIGKILL}, std::pair{0, SIGSTOP},
                                           std::pair{3, SIGSTOP}),
                         [](const auto& parameter) {
                             return std::to_string(parameter.param.first) + "_signal" +
                                    std::to_string(parameter.param.second);
                         });

}  // namespace
}  // namespace attnsweep::tests
