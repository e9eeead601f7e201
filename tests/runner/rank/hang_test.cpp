// A trial that gets nowhere is noticed, says what it does, is killed and tried again; the others go on.
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Hanging : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Hanging, IsKilledRecordedAndTriedOnceMore)
{
    const Ended ended = run(line(GetParam(), "cqt-r0-s1=hang-once,stft-r0-s2=stop", "--hang-after 1.5"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    const auto all = states();
    EXPECT_EQ(all.at("cqt-r0-s1").status, store::Status::done);
    EXPECT_EQ(all.at("cqt-r0-s1").attempts, 2);
    const store::TrialState& stopped = all.at("stft-r0-s2");
    EXPECT_EQ(stopped.status, store::Status::failed);
    EXPECT_EQ(stopped.attempts, 2);
    ASSERT_TRUE(stopped.last_failure);
    EXPECT_EQ(stopped.last_failure->kind, configs::FailureKind::hang);
    EXPECT_THAT(stopped.last_failure->message, HasSubstr("no event, and no processor time used"));
    EXPECT_EQ(count(store::Status::done), 7) << "the others go on";
    EXPECT_THAT(processes_named("stand_in_trial", folder_.path().string()), IsEmpty());
    EXPECT_THAT(ended.output, AllOf(HasSubstr("stft-r0-s2 hangs"), HasSubstr("stft-r0-s2 failed (hang)"),
                                    HasSubstr((attempt_folder("stft-r0-s2", 2) / "log.txt").string())));
    EXPECT_THAT(log_of("stft-r0-s2"), AllOf(HasSubstr("T (stopped)"), HasSubstr("no stacks can be asked for")));
    EXPECT_THAT(log_of("cqt-r0-s1"), AllOf(HasSubstr("waits in"), HasSubstr("S (sleeping)")));
}

INSTANTIATE_TEST_SUITE_P(Ranks, Hanging, ::testing::Values(0, 2),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(RunFixture, OneThatComputesForEverIsAHangToo)
{
    const Ended ended = run(line(0, "stft-r0-s2=spin", "--hang-after 0.2"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_EQ(states().at("stft-r0-s2").last_failure->kind, configs::FailureKind::hang);
    EXPECT_THAT(states().at("stft-r0-s2").last_failure->message, HasSubstr("though it computes"));
}

TEST_F(RunFixture, TheSweepFileSaysWhenATrialHangs)
{
    const Ended ended = run(line(0, "stft-r0-s2=hang", "--set execution.hang_after=\"0.5 s\" --set sweep.repeats=2"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_EQ(states().at("stft-r0-s2").last_failure->kind, configs::FailureKind::hang);
}

TEST_F(RunFixture, ATrialThatHangsWhileTheSweepIsAskedToEndIsDrained)
{
    Started sweep(line(0, "stft-r0-s2=hang", "--hang-after 3600 --grace 1"), folder_ / "log");
    ASSERT_TRUE(sweep.says("stft-r0-s2 epoch 1/3")) << contents(folder_ / "log");
    ASSERT_TRUE(sweep.says("7 of 8 done")) << contents(folder_ / "log");
    ::kill(sweep.process(), SIGTERM);
    EXPECT_EQ(sweep.wait().code, 75);
    EXPECT_EQ(states().at("stft-r0-s2").status, store::Status::pending);
}

}  // namespace
}  // namespace attnsweep::tests
