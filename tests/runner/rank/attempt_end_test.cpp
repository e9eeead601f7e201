#include "runner/rank/attempt_end.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "files/error.h"
#include "tests/temporary_folder.h"

namespace attnsweep::runner {
namespace {

using scheduler::Ending;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int exited(int code)
{
    return code << 8;
}

class AttemptEnding : public ::testing::Test {
protected:
    AttemptEnding()
    {
        end_.order.trial.id = "0123";
        end_.order.trial.label = "cqt-r0-s1";
        end_.order.attempt = 2;
        end_.order.attempt_folder = folder_ / "trials/0123/attempt-2";
        end_.order.pending_folder = folder_ / "pending";
        end_.order.earlier_attempts = {folder_ / "trials/0123/attempt-1"};
        end_.host = "h";
        end_.epochs = {{1, 0.5, 0.5, 0.5, 0.5, 1}};
        files::create_folders(end_.order.attempt_folder);
    }
    void leave_result(configs::Outcome outcome, const std::filesystem::path& folder, const std::string& id = "0123")
    {
        configs::TrialResult result;
        result.trial_id = id;
        result.outcome = outcome;
        result.failure = {configs::FailureKind::nan, "the loss is not a number", 0};
        files::create_folders(folder);
        files::write_durably(folder / "result.json", nlohmann::json(result).dump());
    }
    AttemptEnded judged(int status)
    {
        end_.status = status;
        const Judgement judgement = judge(std::span(&end_, 1), "n").at(0);
        EXPECT_FALSE(judgement.node_error) << judgement.node_error->message;
        return judgement.ended;
    }
    /// Judges an end that is no failure of the trial, but stops the sweep.
    NodeError node_error(int status)
    {
        end_.status = status;
        const Judgement judgement = judge(std::span(&end_, 1), "n").at(0);
        EXPECT_EQ(judgement.ended.ending, Ending::drained);
        EXPECT_FALSE(std::filesystem::exists(end_.order.pending_folder)) << "it was counted as failed";
        EXPECT_TRUE(judgement.node_error);
        return judgement.node_error.value_or(NodeError{});
    }
    configs::TrialResult pending() const
    {
        return nlohmann::json::parse(files::read_file(folder_ / "pending/0123.json")).get<configs::TrialResult>();
    }

    tests::TemporaryFolder folder_;
    AttemptEnd end_;
};

TEST_F(AttemptEnding, AResultThatCannotBeReadIsNotTakenForNone)
{
    // A link to itself: there, and not to be read, whoever asks.
    std::filesystem::create_symlink("result.json", end_.order.attempt_folder / "result.json");
    const NodeError error = node_error(exited(exit_done));
    EXPECT_EQ(error.exit_code, exit_store);
    EXPECT_THAT(error.message, AllOf(HasSubstr("on n: "), HasSubstr("attempt-2/result.json")));
}

TEST_F(AttemptEnding, KilledByTheKernelForWantOfMemory)
{
    end_.memory_was_short = true;
    const AttemptEnded ended = judged(SIGKILL);
    EXPECT_EQ(ended.failure.kind, configs::FailureKind::out_of_memory);
    EXPECT_EQ(ended.failure.signal, SIGKILL);
    EXPECT_EQ(pending().failure.kind, configs::FailureKind::out_of_memory);
}

TEST_F(AttemptEnding, WantOfMemoryElsewhereExplainsNoOtherSignal)
{
    end_.memory_was_short = true;
    EXPECT_EQ(judged(SIGSEGV).failure.kind, configs::FailureKind::signal);
}

TEST_F(AttemptEnding, AResultCountsWhateverTheStatus)
{
    leave_result(configs::Outcome::done, end_.order.attempt_folder);
    for (const int status : {exited(0), exited(75), exited(1), SIGSEGV}) {
        const AttemptEnded ended = judged(status);
        EXPECT_EQ(ended.ending, Ending::done);
        EXPECT_EQ(ended.result, (end_.order.attempt_folder / "result.json").string());
    }
}

TEST_F(AttemptEnding, AnEarlierAttemptsResultCounts)
{
    leave_result(configs::Outcome::done, end_.order.earlier_attempts[0]);
    EXPECT_EQ(judged(exited(0)).result, (end_.order.earlier_attempts[0] / "result.json").string());
}

TEST_F(AttemptEnding, ForeignAndTornResultsDoNot)
{
    leave_result(configs::Outcome::done, end_.order.attempt_folder, "another");
    EXPECT_EQ(judged(exited(0)).ending, Ending::failed);
    std::ofstream(end_.order.attempt_folder / "result.json") << "{";
    EXPECT_EQ(judged(exited(0)).ending, Ending::failed);
}

TEST_F(AttemptEnding, DrainedByItsCodeOrAsAsked)
{
    EXPECT_EQ(judged(exited(75)).ending, Ending::drained);
    EXPECT_EQ(judged(SIGTERM).ending, Ending::failed) << "nobody had asked";
    std::filesystem::remove(end_.order.attempt_folder / "result.json");
    end_.asked_to_end = true;
    EXPECT_EQ(judged(SIGTERM).ending, Ending::drained) << "before it could catch the signal";
    EXPECT_EQ(judged(SIGKILL).ending, Ending::drained) << "after the grace";
    EXPECT_EQ(judged(SIGSEGV).ending, Ending::failed) << "a crash while draining is a crash";
}

TEST_F(AttemptEnding, WhatItsRankWritesIsToldAsTheFileSaysIt)
{
    std::ofstream(end_.order.attempt_folder / "log.txt") << "no such folder: caf\xe9\n";
    const AttemptEnded ended = judged(exited(1));
    ASSERT_NE(ended.written, nullptr);
    EXPECT_THAT(ended.written->failure.message, HasSubstr("caf\xef\xbf\xbd"));
    EXPECT_EQ(nlohmann::json(*ended.written), nlohmann::json::parse(files::read_file(ended.result)));
    EXPECT_EQ(nlohmann::json(pending()), nlohmann::json(*ended.written));
}

TEST_F(AttemptEnding, ItsOwnFailureIsTaken)
{
    leave_result(configs::Outcome::failed, end_.order.attempt_folder);
    const AttemptEnded ended = judged(exited(1));
    EXPECT_EQ(ended.written, nullptr) << "what its file says is read from it";
    EXPECT_EQ(ended.ending, Ending::failed);
    EXPECT_EQ(ended.failure.kind, configs::FailureKind::nan);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pending/0123.json")) << "announcing it was the trial's to do";
}

TEST_F(AttemptEnding, WhatWasNeverATrialIsToBeStartedAgain)
{
    const auto judged_as = [&](int status, const std::string& log) {
        std::ofstream(end_.order.attempt_folder / "log.txt") << log << "\n";
        end_.status = status;
        return judge(std::span(&end_, 1), "n").at(0);
    };
    const std::string no_library = "trial: error while loading shared libraries: libc10.so";
    const std::string no_thread = "libgomp: Thread creation failed: Resource temporarily unavailable";
    EXPECT_EQ(judged_as(exited(71), no_thread).not_started, no_thread) << "also one that has trained an epoch";
    EXPECT_EQ(judged_as(exited(127), no_library).not_started, "") << "it had trained an epoch";
    std::filesystem::remove(end_.order.attempt_folder / "result.json");
    end_.epochs.clear();
    for (const auto& [status, log] :
         {std::pair{exited(127), no_library}, {exited(71), no_thread}, {exited(1), no_thread}, {SIGABRT, no_thread}}) {
        const Judgement judgement = judged_as(status, log);
        EXPECT_EQ(judgement.not_started, log);
        EXPECT_EQ(judgement.ended.ending, Ending::drained);
        EXPECT_FALSE(std::filesystem::exists(end_.order.attempt_folder / "result.json")) << "it was blamed";
    }
    EXPECT_EQ(judged_as(exited(1), "no such thing").not_started, "");
}

TEST_F(AttemptEnding, ADeathBySignalIsWrittenDown)
{
    const AttemptEnded ended = judged(SIGSEGV);
    EXPECT_EQ(ended.ending, Ending::failed);
    EXPECT_EQ(ended.failure.kind, configs::FailureKind::signal);
    EXPECT_EQ(ended.failure.message, "killed by signal 11 (SIGSEGV)");
    const configs::TrialResult written = pending();
    EXPECT_EQ(written.outcome, configs::Outcome::failed);
    EXPECT_EQ(written.failure.signal, SIGSEGV);
    EXPECT_EQ(written.attempt, 2);
    EXPECT_EQ(written.attempt_folder, "trials/0123/attempt-2");
    EXPECT_EQ(written.epochs.size(), 1u);
    EXPECT_TRUE(std::filesystem::exists(end_.order.attempt_folder / "result.json"));
}

TEST_F(AttemptEnding, OneThatWasKilledBecauseItHungIsAHangUnlessItHadEnded)
{
    end_.hang = "no sign of life for 600 s";
    const AttemptEnded ended = judged(SIGKILL);
    EXPECT_EQ(ended.failure.kind, configs::FailureKind::hang);
    EXPECT_THAT(ended.failure.message, HasSubstr("no sign of life for 600 s"));
    EXPECT_EQ(pending().failure.kind, configs::FailureKind::hang);
    leave_result(configs::Outcome::done, end_.order.attempt_folder);
    EXPECT_EQ(judged(SIGKILL).ending, Ending::done);
}

TEST_F(AttemptEnding, ACodeWithoutAResultIsExplainedByTheLog)
{
    std::ofstream(end_.order.attempt_folder / "log.txt") << "first\nno such file: x\n";
    const AttemptEnded ended = judged(exited(1));
    EXPECT_EQ(ended.failure.kind, configs::FailureKind::error);
    EXPECT_EQ(ended.failure.message, "ended with exit status 1 and left no result: no such file: x");
}

TEST_F(AttemptEnding, AFaultOfItsSurroundingsIsNoFailureOfTheTrial)
{
    std::ofstream(end_.order.attempt_folder / "log.txt") << "first\nno such shard: x\n";
    const NodeError error = node_error(exited(exit_bad_input));
    EXPECT_EQ(error.exit_code, exit_bad_input);
    EXPECT_EQ(error.message, "cqt-r0-s1 on h: no such shard: x");
    leave_result(configs::Outcome::failed, end_.order.attempt_folder);
    EXPECT_EQ(judged(exited(exit_bad_input)).ending, Ending::failed) << "it says itself that it failed";
}

TEST_F(AttemptEnding, ALimitOnProcessorTimeIsNoFailureOfTheTrial)
{
    const NodeError error = node_error(SIGXCPU);
    EXPECT_EQ(error.exit_code, exit_not_started);
    EXPECT_THAT(error.message, AllOf(HasSubstr("cqt-r0-s1 on h"), HasSubstr("`ulimit -St`")));
    end_.asked_to_end = true;
    EXPECT_EQ(judged(SIGXCPU).ending, Ending::drained) << "no error of the node where it was to end anyway";
}

TEST_F(AttemptEnding, OneThatCouldNotStartIsWrittenDownToo)
{
    const AttemptEnded ended = not_started(end_.order, "h", "too many open files", "n").ended;
    EXPECT_EQ(ended.ending, Ending::failed);
    EXPECT_THAT(pending().failure.message, HasSubstr("too many open files"));
}

TEST_F(AttemptEnding, OfSeveralThatEndTogetherOneThatCannotBeWrittenHurtsNoOther)
{
    std::vector<AttemptEnd> ends(3, end_);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        ends[i].status = SIGSEGV;
        ends[i].order.trial.id = "trial-" + std::to_string(i);
        ends[i].order.attempt_folder = folder_ / ("trials/trial-" + std::to_string(i) + "/attempt-1");
        ends[i].order.earlier_attempts.clear();
    }
    // A folder where its file should go.
    files::create_folders(ends[1].order.attempt_folder / "result.json/in-the-way");
    const std::vector<Judgement> judgements = judge(ends, "n");
    ASSERT_EQ(judgements.size(), 3u);
    EXPECT_EQ(judgements[0].ended.ending, Ending::failed);
    EXPECT_EQ(judgements[1].ended.ending, Ending::drained);
    ASSERT_TRUE(judgements[1].node_error);
    EXPECT_THAT(judgements[1].node_error->message, HasSubstr("trial-1/attempt-1/result.json"));
    EXPECT_EQ(judgements[2].ended.ending, Ending::failed);
    for (const char* trial : {"trial-0", "trial-2"}) {
        EXPECT_EQ(nlohmann::json::parse(files::read_file(folder_ / "pending" / (std::string(trial) + ".json")))
                      .get<configs::TrialResult>()
                      .failure.kind,
                  configs::FailureKind::signal);
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "pending/trial-1.json"));
}

}  // namespace
}  // namespace attnsweep::runner
