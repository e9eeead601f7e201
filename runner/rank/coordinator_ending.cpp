// Rank 0's part at the end: why the sweep ends, with which code, and what is said of it.
#include <cstdio>

#include <fmt/format.h>

#include "runner/exit_code.h"
#include "runner/rank/coordinator.h"

namespace attnsweep::runner {

void Coordinator::act(const scheduler::Finished& finished)
{
    finished_ = finished;
    switch (finished.ending) {
    case scheduler::SweepEnding::all_done:
        end(failure_code_ != exit_done ? failure_code_ : failures_.empty() ? exit_done : exit_trials_failed);
        break;
    case scheduler::SweepEnding::some_failed:
    case scheduler::SweepEnding::same_failure:
        end(failure_code_ != exit_done ? failure_code_ : exit_trials_failed);
        break;
    case scheduler::SweepEnding::no_device:
        end(failure_code_ != exit_done ? failure_code_ : exit_no_device);
        break;
    case scheduler::SweepEnding::drained:
        end(failure_code_ != exit_done ? failure_code_ : exit_run_again);
        break;
    }
}

void Coordinator::end(int exit_code)
{
    if (over_) {
        return;
    }
    over_ = true;
    exit_code_ = exit_code;
    for (int rank = 0; rank < messenger_.size(); ++rank) {
        send(rank, Stop{exit_code, all_live_});
    }
}

int Coordinator::close()
{
    if (!scheduler_) {
        return exit_done;
    }
    const auto failure = writer_->close();
    if (failure && !store_broken_) {
        failure_code_ = failure->exit_code;
        progress_.clear();
        std::fputs(fmt::format("attnsweep: {}\n", failure->message).c_str(), stderr);
    }
    // What broke earlier was told then; it may have come after the sweep's end was decided.
    const int fails_last = failure || store_broken_ ? failure_code_ : exit_done;
    if (fails_last != exit_done) {
        exit_code_ = fails_last;
    }
    writer_.reset();
    if (publisher_) {
        live_.sweep_ended(exit_code_);
        publisher_->publish(live_.status());
        publisher_.reset();
    }
    keeper_.reset();
    lease_.reset();
    progress_.clear();
    if (!options_.preflight_only) {
        say_ending();
    }
    return fails_last;
}

void Coordinator::say_ending() const
{
    std::string text;
    const auto total = static_cast<int>(sweep_.trials.size());
    const int done = done_before_ + scheduler_->done();
    if (trials_.empty()) {
        text += fmt::format("{}: nothing to run: {} of {} trials are done\n", sweep_.name, done, total);
    } else {
        text += fmt::format("{}: {} of {} trials done in {}\n", sweep_.name, done, total, duration_text(now_s()));
    }
    std::map<std::string, std::vector<const FailureSeen*>> alike;
    for (const FailureSeen& failure : failures_) {
        alike[fmt::format("failed ({}): {}", failure.kind, failure.message)].push_back(&failure);
    }
    for (const auto& [said, failures] : alike) {
        std::string labels;
        for (const FailureSeen* failure : failures) {
            labels += (labels.empty() ? "" : ", ") + failure->label;
        }
        text += fmt::format("  {} {}\n    log: {}\n", labels, said, failures.front()->log);
    }
    if (finished_ && (finished_->ending == scheduler::SweepEnding::same_failure ||
                      finished_->ending == scheduler::SweepEnding::no_device)) {
        text += fmt::format("stopped: {}\n", finished_->reason);
    }
    if (finished_ && exit_code_ == exit_run_again) {
        text += fmt::format("stopped: {}\n", finished_->reason);
    }
    if (exit_code_ == exit_run_again) {
        text += fmt::format("{} to go: run the same command again to go on\n",
                            total - done - static_cast<int>(failures_.size()));
    } else if (failure_code_ != exit_done) {
        text += fmt::format("stopped; when that is mended, run the same command again to go on\n");
    } else if (!failures_.empty()) {
        text += fmt::format("To try the failed ones again: the same command with --retry failed\n");
    }
    if (exit_code_ == exit_done || exit_code_ == exit_trials_failed) {
        text += fmt::format("Next: attnsweep report --store {}\n", options_.store);
    }
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

}  // namespace attnsweep::runner
