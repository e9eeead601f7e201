#include "runner/rank/closing_summary.h"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "configs/failure_message.h"
#include "configs/names.h"
#include "configs/shell_word.h"
#include "runner/duration_text.h"

namespace attnsweep::runner {

namespace {

std::string failures_text(const std::vector<store::LiveFailure>& failures)
{
    std::map<std::string, std::vector<const store::LiveFailure*>> alike;
    for (const store::LiveFailure& failure : failures) {
        if (!failure.again) {
            alike[fmt::format("failed ({}): {}", to_string(failure.failure.kind),
                              configs::without_particulars(failure.failure.message))]
                .push_back(&failure);
        }
    }
    std::string text;
    for (const auto& [said, those] : alike) {
        std::string labels;
        for (const store::LiveFailure* failure : those) {
            labels += (labels.empty() ? "" : ", ") + failure->label;
        }
        text += fmt::format("  {} {}\n    log: {}\n", labels, said, those.front()->log);
    }
    return text;
}

bool says_why(const RunEnd& end)
{
    return end.finished &&
           (end.finished->ending == scheduler::SweepEnding::same_failure ||
            end.finished->ending == scheduler::SweepEnding::no_device || end.exit_code == exit_run_again);
}

}  // namespace

int sweep_exit_code(const scheduler::Finished& finished, int failed)
{
    switch (finished.ending) {
    case scheduler::SweepEnding::all_done:
        return failed == 0 ? exit_done : exit_trials_failed;
    case scheduler::SweepEnding::some_failed:
    case scheduler::SweepEnding::same_failure:
        return exit_trials_failed;
    case scheduler::SweepEnding::no_device:
        return exit_no_device;
    case scheduler::SweepEnding::drained:
        break;
    }
    return exit_run_again;
}

std::string closing_summary(const SweepState& state, const RunEnd& end)
{
    std::string text;
    if (state.starting_order().empty()) {
        text +=
            fmt::format("{}: nothing to run: {} of {} trials are done\n", state.name(), state.done(), state.total());
    } else {
        const std::string here =
            state.done_here() == state.done() ? "" : fmt::format(", {} of them by this run", state.done_here());
        text += fmt::format("{}: {} of {} trials done{} in {}\n", state.name(), state.done(), state.total(), here,
                            duration_text(end.elapsed_s));
    }
    text += failures_text(state.failures());
    if (says_why(end)) {
        text += fmt::format("stopped: {}\n", end.finished->reason);
    }
    if (end.exit_code == exit_run_again) {
        text += fmt::format("{} to go: rerun the command to resume\n", state.total() - state.done() - state.failed());
    } else if (end.broke_off) {
        text += "stopped; fix the cause and rerun the command to resume\n";
    } else if (state.failed() > 0 && !state.retry_may_help()) {
        text +=
            "The same seeds give the same failure again: change a setting, such as a smaller training.learning_rate\n";
    } else if (state.failed() > 0) {
        text += "To run the failed trials again: rerun the command with --retry failed\n";
    }
    if (end.exit_code == exit_done || end.exit_code == exit_trials_failed) {
        text += fmt::format("Next: attnsweep report --store {}\n", configs::shell_path(end.store));
    }
    return text;
}

}  // namespace attnsweep::runner
