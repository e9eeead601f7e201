#include "runner/rank/closing_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runner/rank/planned_state.h"

namespace attnsweep::runner {
namespace {

using scheduler::Finished;
using scheduler::SweepEnding;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void fail(SweepState& state, const std::string& trial, const std::string& message)
{
    state.assigned(trial, 1, 0, {tests::slot_of_device(0)});
    state.attempt_started(trial);
    state.attempt_ended(trial, scheduler::Ending::failed, trial + "/log.txt");
    state.failed(trial, {configs::FailureKind::nan, message, 0}, false);
    state.committed(trial);
}

RunEnd end_with(int exit_code, SweepEnding ending, const std::string& reason = {})
{
    RunEnd end;
    end.exit_code = exit_code;
    end.finished = Finished{ending, 0, 0, 0, reason};
    end.elapsed_s = 200;
    end.store = "r.db";
    return end;
}

TEST(SweepExitCode, SaysHowTheSweepEnded)
{
    EXPECT_EQ(sweep_exit_code({SweepEnding::all_done, 0, 0, 0, {}}, 0), exit_done);
    EXPECT_EQ(sweep_exit_code({SweepEnding::all_done, 0, 0, 0, {}}, 1), exit_trials_failed) << "in an earlier run";
    EXPECT_EQ(sweep_exit_code({SweepEnding::some_failed, 0, 0, 0, {}}, 1), exit_trials_failed);
    EXPECT_EQ(sweep_exit_code({SweepEnding::same_failure, 0, 0, 0, {}}, 5), exit_trials_failed);
    EXPECT_EQ(sweep_exit_code({SweepEnding::no_device, 0, 0, 0, {}}, 0), exit_no_device);
    EXPECT_EQ(sweep_exit_code({SweepEnding::drained, 0, 0, 0, {}}, 1), exit_run_again);
}

TEST(ClosingSummary, NamesAlikeFailuresTogetherWithOneLog)
{
    SweepState state = tests::planned_state({"a", "b", "c"}, 1);
    fail(state, "a", "not a number");
    fail(state, "c", "not a number; clips of the batch: a.wav at 1 s");
    fail(state, "b", "another");
    const std::string text = closing_summary(state, end_with(exit_trials_failed, SweepEnding::some_failed));
    EXPECT_THAT(text, AllOf(HasSubstr("paper: 1 of 4 trials done, 0 of them by this run in 3 min\n"),
                            HasSubstr("  label-a, label-c failed (nan): not a number\n    log: a/log.txt\n"),
                            HasSubstr("  label-b failed (nan): another\n"), Not(HasSubstr("--retry failed")),
                            HasSubstr("The same seeds give the same failure again"),
                            HasSubstr("Next: attnsweep report --store r.db\n"), Not(HasSubstr("stopped"))));
}

TEST(ClosingSummary, ARetryIsAdvisedOnlyWhereItMayHelp)
{
    SweepState state = tests::planned_state({"a", "b"});
    fail(state, "a", "not a number");
    state.assigned("b", 1, 0, {tests::slot_of_device(0)});
    state.attempt_ended("b", scheduler::Ending::failed, "log");
    state.failed("b", {configs::FailureKind::signal, "killed", 9}, false);
    EXPECT_THAT(closing_summary(state, end_with(exit_trials_failed, SweepEnding::some_failed)),
                AllOf(HasSubstr("--retry failed"), Not(HasSubstr("The same seeds"))));
}

TEST(ClosingSummary, OneThatIsTriedAgainHasNotFailed)
{
    SweepState state = tests::planned_state({"a", "b"});
    state.assigned("a", 1, 0, {tests::slot_of_device(0)});
    state.attempt_ended("a", scheduler::Ending::failed, "log");
    state.failed("a", {configs::FailureKind::signal, "killed", 9}, true);
    const std::string text = closing_summary(state, end_with(exit_run_again, SweepEnding::drained, "SIGUSR1"));
    EXPECT_THAT(text, AllOf(HasSubstr("stopped: SIGUSR1\n2 to go: rerun the command to resume"),
                            Not(HasSubstr("killed")), Not(HasSubstr("Next:"))));
}

TEST(ClosingSummary, WhatBrokeOffIsToBeRunAgain)
{
    const SweepState state = tests::planned_state({"a"});
    RunEnd end = end_with(exit_store, SweepEnding::drained, "the disk");
    end.broke_off = true;
    EXPECT_THAT(closing_summary(state, end),
                AllOf(HasSubstr("rerun the command to resume"), Not(HasSubstr("stopped: the disk"))));
}

TEST(ClosingSummary, NothingToRun)
{
    RunEnd end;
    end.store = "r.db";
    EXPECT_EQ(closing_summary(tests::planned_state({}, 4), end),
              "paper: nothing to run: 4 of 4 trials are done\nNext: attnsweep report --store r.db\n");
}

}  // namespace
}  // namespace attnsweep::runner
