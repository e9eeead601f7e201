// Trials that fail take nothing with them; each failure has a name, a policy and a place in the store.
#include "tests/runner/rank/run_fixture.h"

namespace attnsweep::tests {
namespace {

using ::testing::HasSubstr;

class Failing : public RunFixture, public ::testing::WithParamInterface<int> {};

TEST_P(Failing, KilledBySignalIsRecordedAndRetried)
{
    const Ended ended = run(line(GetParam(), "cqt-r0-s1=segv-once,stft-r0-s2=segv"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    const auto all = states();
    EXPECT_EQ(all.at("cqt-r0-s1").status, store::Status::done);
    EXPECT_EQ(all.at("cqt-r0-s1").attempts, 2);
    const store::TrialState& failed = all.at("stft-r0-s2");
    EXPECT_EQ(failed.status, store::Status::failed);
    EXPECT_EQ(failed.attempts, 3);
    ASSERT_TRUE(failed.last_failure);
    EXPECT_EQ(failed.last_failure->kind, configs::FailureKind::signal);
    EXPECT_EQ(failed.last_failure->signal, SIGSEGV);
    EXPECT_EQ(count(store::Status::done), 7) << "the others go on";
    EXPECT_TRUE(pending_is_empty());
    EXPECT_THAT(ended.output, HasSubstr("stft-r0-s2 failed (signal): killed by signal 11 (SIGSEGV)"));
    EXPECT_THAT(ended.output, HasSubstr((attempt_folder("stft-r0-s2", 3) / "log.txt").string()));
}

INSTANTIATE_TEST_SUITE_P(Ranks, Failing, ::testing::Values(0, 2, 4),
                         [](const auto& parameter) { return std::to_string(parameter.param); });

TEST_F(RunFixture, AFailedTrialStaysSetAsideUntilItIsAskedFor)
{
    ASSERT_EQ(run(line(0, "stft-r0-s2=nan")).code, 4);
    const Ended again = run(line(0));
    EXPECT_EQ(again.code, 4) << again.output;
    EXPECT_THAT(again.output, HasSubstr("the loss is not a number"));
    EXPECT_EQ(states().at("stft-r0-s2").attempts, 1);
    const Ended retried = run(line(0, "", "--retry failed"));
    EXPECT_EQ(retried.code, 0) << retried.output;
    EXPECT_EQ(states().at("stft-r0-s2").attempts, 2);
    EXPECT_EQ(count(store::Status::done), 8);
}

// A power cut may take the name in pending/, which is not synced; the file beside the trial is.
TEST_F(RunFixture, AFailureWhoseNameInPendingWasLostStillCounts)
{
    ASSERT_EQ(run(line(0, "stft-r0-s2=nan")).code, 4);
    std::filesystem::create_directory(attempt_folder("stft-r0-s2", 2));
    std::string text = contents(attempt_folder("stft-r0-s2", 1) / "result.json");
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"\"attempt\":1", "\"attempt\":2"}, {"attempt-1", "attempt-2"}}) {
        ASSERT_NE(text.find(from), std::string::npos) << text;
        text.replace(text.find(from), from.size(), to);
    }
    write_text(attempt_folder("stft-r0-s2", 2) / "result.json", text);
    const Ended again = run(line(0));
    EXPECT_EQ(again.code, 4) << again.output;
    EXPECT_EQ(states().at("stft-r0-s2").attempts, 2);
    EXPECT_EQ(states().at("stft-r0-s2").status, store::Status::failed);
}

TEST_F(RunFixture, StoppingForAlikeFailuresCanBeTurnedOff)
{
    const Ended ended = run(line(0, "*=nan", "--stop-after-alike 0"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_EQ(count(store::Status::failed), 8);
}

TEST_F(RunFixture, EveryWayToFailHasWords)
{
    const Ended ended = run(line(2, "stft-r0-s1=silent,cqt-r0-s1=exit-9,cqt-r0-s2=nan"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    const auto all = states();
    EXPECT_THAT(all.at("stft-r0-s1").last_failure->message, HasSubstr("exit status 0 and left no result"));
    EXPECT_THAT(all.at("cqt-r0-s1").last_failure->message,
                HasSubstr("exit status 9 and left no result: the moon is full"));
    EXPECT_EQ(all.at("cqt-r0-s2").last_failure->kind, configs::FailureKind::nan);
    for (const char* label : {"stft-r0-s1", "cqt-r0-s1", "cqt-r0-s2"}) {
        EXPECT_EQ(all.at(label).attempts, 1) << label;
    }
    EXPECT_EQ(count(store::Status::done), 5);
}

TEST_F(RunFixture, FiveAlikeAtTheStartStopTheSweep)
{
    const Ended ended = run(line(0, "*=exit-9", "--slots 1"));
    EXPECT_EQ(ended.code, 4) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("the first 5 trials all failed alike"));
    EXPECT_EQ(count(store::Status::failed), 5);
    EXPECT_EQ(count(store::Status::pending), 3);
}

TEST_F(RunFixture, ATrialProgramThatIsNotThereIsNamed)
{
    write_text(folder_ / "text", "no program\n");
    for (const std::filesystem::path& named :
         {std::filesystem::path("/nowhere/trial"), folder_ / "text", folder_.path()}) {
        const Ended ended = run("ATTNSWEEP_TRIAL_PROGRAM=" + quoted(named) + " " + program("attnsweep-run") + " " +
                                quoted(folder_ / "sweep.toml") + " --data " + quoted(folder_ / "shards") + " --store " +
                                quoted(store()));
        EXPECT_EQ(ended.code, 71) << ended.output;
        EXPECT_THAT(ended.output, HasSubstr("ATTNSWEEP_TRIAL_PROGRAM=" + named.string() + ": "));
        EXPECT_THAT(ended.output, HasSubstr("unset the variable"));
        EXPECT_THAT(ended.output, ::testing::Not(HasSubstr("on :"))) << "the host has its name by then";
    }
}

}  // namespace
}  // namespace attnsweep::tests
