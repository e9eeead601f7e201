// A sweep that nothing disturbs: alone, and under mpirun with 1, 2 and 4 ranks.
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Complete : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Complete, EveryTrialIsDoneOnceAndTheSameLineRunsNothing)
{
    const Ended ended = run(line(GetParam()));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 8);
    EXPECT_TRUE(pending_is_empty());
    EXPECT_THAT(ended.output, HasSubstr("cqt-r25-s2 epoch 3/3"));
    EXPECT_THAT(ended.output, HasSubstr("8 of 8 trials done"));
    EXPECT_THAT(ended.output, HasSubstr("attnsweep report --store"));

    const Ended again = run(line(GetParam()));
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("nothing to run: 8 of 8"));
    for (const auto& [label, state] : states()) {
        EXPECT_EQ(state.attempts, 1) << label;
    }
}

TEST_P(Complete, MoreRanksAndSlotsThanTrials)
{
    const Ended ended = run(line(GetParam(), "", "--slots 6 --set sweep.repeats=1"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(store::Status::done), 4);
}

TEST_P(Complete, WrongInputIsToldOnceByTheRightCode)
{
    std::filesystem::remove(folder_ / "shards/dataset.json");
    const Ended ended = run(line(GetParam()));
    EXPECT_EQ(ended.code, 3) << ended.output;
    const std::string told = "dataset.json";
    EXPECT_THAT(ended.output, HasSubstr(told));
    EXPECT_EQ(ended.output.find(told), ended.output.rfind(told)) << "told by more than one rank: " << ended.output;
    EXPECT_FALSE(std::filesystem::exists(store()));
}

INSTANTIATE_TEST_SUITE_P(Ranks, Complete, ::testing::Values(0, 1, 2, 4),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(RunFixture, TheLongestGoFirst)
{
    const Ended ended = run(line(0, "", "--slots 1"));
    const std::size_t stft = ended.output.find("stft-r25-s1 begins"), cqt = ended.output.find("cqt-r0-s1 begins");
    ASSERT_NE(stft, std::string::npos) << ended.output;
    ASSERT_NE(cqt, std::string::npos) << ended.output;
    EXPECT_LT(stft, cqt);
}

TEST_F(RunFixture, AnAddedRepeatRunsOnlyTheDifference)
{
    ASSERT_EQ(run(line(0, "", "--set sweep.repeats=1")).code, 0);
    const Ended ended = run(line(2));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_THAT(ended.output, Not(HasSubstr("cqt-r25-s1 begins")));
    EXPECT_THAT(ended.output, HasSubstr("cqt-r25-s2 begins"));
    EXPECT_EQ(count(store::Status::done), 8);
}

class Retention : public RunFixture {
protected:
    bool has_checkpoint(const std::string& label) const
    {
        return std::filesystem::exists(attempt_folder(label, 1) / "checkpoint-00003-00000000.pt");
    }
};

TEST_F(Retention, CheckpointsGoWhenTheResultIsCommittedAndStayOfWhatFailed)
{
    const Ended ended = run(line(0, "cqt-r0-s1=nan"));
    ASSERT_EQ(ended.code, 4) << ended.output;
    EXPECT_TRUE(has_checkpoint("cqt-r0-s1"));
    for (const std::string label :
         {"cqt-r0-s2", "cqt-r25-s1", "cqt-r25-s2", "stft-r0-s1", "stft-r0-s2", "stft-r25-s1"}) {
        EXPECT_FALSE(has_checkpoint(label)) << label;
    }
}

TEST_F(Retention, OfAResultThatNobodyAcknowledgedTheyGoAtTheNextStart)
{
    run(line(0, "stft-r25-s1=kill-rank"));
    ASSERT_TRUE(has_checkpoint("stft-r25-s1")) << "the result is not committed yet";
    const Ended ended = run(line(0));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(states().at("stft-r25-s1").attempts, 1);
    EXPECT_FALSE(has_checkpoint("stft-r25-s1"));
}

TEST_F(Retention, KeepAllKeepsThem)
{
    const Ended ended = run(line(0, "", "--keep all"));
    ASSERT_EQ(ended.code, 0) << ended.output;
    EXPECT_TRUE(has_checkpoint("stft-r25-s1"));
    EXPECT_EQ(run(line(0, "", "--keep everything")).code, 2);
}

TEST_F(RunFixture, ARunThatTakesTrialsOutOfTheSweepSaysSoAndAProbeOfAnotherNameDoesNot)
{
    ASSERT_EQ(run(line(0)).code, 0);
    const Ended probe = run(line(0, "", "--name probe --set sweep.repeats=1 --set training.learning_rate=0.5"));
    EXPECT_EQ(probe.code, 0) << probe.output;
    EXPECT_THAT(probe.output, Not(HasSubstr("this is revision")));
    EXPECT_THAT(probe.output, HasSubstr("probe: 4 of 4 trials done"));
    const Ended more = run(line(0, "", "--set sweep.repeats=3"));
    EXPECT_THAT(more.output, HasSubstr("this is revision 2, with all trials of revision 1"));
    const Ended fewer = run(line(0, "", "--set sweep.repeats=1"));
    EXPECT_EQ(fewer.code, 0) << fewer.output;
    EXPECT_THAT(fewer.output, AllOf(HasSubstr("this is revision 3 of the sweep"),
                                    HasSubstr("8 of the 12 trials of revision 2"), HasSubstr("--name NAME")));
}

}  // namespace
}  // namespace attnsweep::tests
