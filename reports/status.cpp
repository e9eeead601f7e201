#include "reports/status.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "files/lease.h"
#include "store/published_store.h"
#include "store/reading/live_attempts.h"
#include "store/reading/sweep_status.h"

namespace attnsweep::reports {

namespace {

SweepStatus status_of(const store::Store& store, const store::SweepEntry& sweep, const store::LiveAttempts& live)
{
    SweepStatus status;
    status.sweep = sweep;
    status.is_newest = store::revisions_of(store, sweep.name).back() == sweep.revision;
    status.hidden = store::hidden_trials(store, sweep);
    store::read_sweep_status(store, sweep, [&](const store::TrialStatus& trial) {
        ++status.counts.repeats;
        if (trial.is_done) {
            ++status.counts.done;
            return;
        }
        if (!trial.newest) {
            return;
        }
        const store::NewestAttempt& attempt = *trial.newest;
        const bool runs = attempt.outcome.empty() && live.is_running(attempt.folder);
        const bool is_left = attempt.outcome != "failed" || attempt.is_tried_again;
        status.resumable += !runs && is_left && live.has_checkpoint(trial.id, attempt.folder);
        if (attempt.outcome.empty()) {
            status.counts.running += runs;
            // "auto" is what was asked for, not what it runs on.
            (runs ? status.running : status.interrupted)
                .push_back({trial.label, attempt.host, attempt.device == "auto" ? "" : attempt.device,
                            attempt.started_at, attempt.number, attempt.epochs, trial.max_epochs});
        } else if (attempt.outcome == "failed") {
            status.counts.failed += attempt.is_tried_again ? 0 : 1;
            status.failed.push_back({trial.label, attempt.number, attempt.failure, attempt.is_tried_again});
        }
    });
    return status;
}

std::string line_of(const char* state, const RunningTrial& trial)
{
    return fmt::format(
        "  {:<7}  {}  {}  on {}{}  since {}{}\n", state, configs::printable(trial.label),
        trial.epoch > 0 ? fmt::format("epoch {} of at most {}", trial.epoch, trial.max_epochs) : "no epoch yet",
        configs::printable(trial.host), trial.device.empty() ? "" : " " + configs::printable(trial.device),
        trial.started_at, trial.attempt > 1 ? fmt::format("  attempt {}", trial.attempt) : "");
}

/// Results that lie in files only. Of a published store that somebody writes they are in the live database already.
struct Waiting {
    std::size_t for_a_copy = 0, for_a_run = 0;
};

Waiting waiting_results(const store::Store& store)
{
    Waiting waiting;
    for (const std::filesystem::path& part : store.parts()) {
        const std::filesystem::path folder = store::folder_beside(part);
        std::size_t& count = store::is_published(part) && files::Lease::holder(folder / "lease") ? waiting.for_a_copy
                                                                                                 : waiting.for_a_run;
        std::error_code code;
        for (std::filesystem::directory_iterator entry(folder / "pending", code), end; !code && entry != end;
             entry.increment(code)) {
            count += entry->path().extension() == ".json";
        }
    }
    return waiting;
}

std::string waiting_line(std::size_t count, const char* until)
{
    return count == 0 ? std::string()
                      : fmt::format("{} result{} not yet in the store: {}\n", count, count == 1 ? "" : "s", until);
}

}  // namespace

std::vector<SweepStatus> read_status(const store::Store& store, const std::string& name)
{
    const std::vector<store::SweepEntry> chosen =
        name.empty() ? store::sweeps_in_sight(store) : std::vector{store::find_sweep(store, name)};
    store::LiveAttempts live(store);
    const auto read = [&] {
        std::vector<SweepStatus> statuses;
        statuses.reserve(chosen.size());
        for (const store::SweepEntry& sweep : chosen) {
            statuses.push_back(status_of(store, sweep, live));
        }
        return statuses;
    };
    // Looked at before and after: a run may begin while its trials are read.
    std::vector<SweepStatus> statuses = read();
    return live.look_again() ? read() : statuses;
}

std::string render_status(const store::Store& store, const std::vector<SweepStatus>& sweeps)
{
    const std::string age = store::published_text(store.parts());
    std::string out = "store " +
                      configs::printable(std::filesystem::absolute(store.path()).lexically_normal().string()) +
                      (age.empty() ? "" : ": " + age) + "\n";
    const Waiting waiting = waiting_results(store);
    out += waiting_line(waiting.for_a_copy, waiting.for_a_copy == 1 ? "it will be in the next published copy"
                                                                    : "they will be in the next published copy");
    out += waiting_line(waiting.for_a_run, "the next run on this store imports them");
    const std::size_t hidden = store::sweeps(store).size() - store::sweeps_in_sight(store).size();
    if (sweeps.empty() && hidden == 0) {
        out += "no sweep yet: attnsweep run SWEEP.toml --data DIR\n";
    }
    for (const SweepStatus& status : sweeps) {
        const Completeness& counts = status.counts;
        out += fmt::format(
            "\n{} ({}, {}): {} trials: {} done, {} running, {} failed, {} to go{}{}\n",
            configs::printable(status.sweep.name), store::revision_in_words(store, status.sweep),
            status.sweep.recorded_at, counts.repeats, counts.done, counts.running, counts.failed, counts.missing(),
            status.resumable == 0 ? "" : fmt::format(", {} with a checkpoint", status.resumable),
            status.interrupted.empty() ? "" : fmt::format(" ({} interrupted)", status.interrupted.size()));
        for (const RunningTrial& trial : status.running) {
            out += line_of("running", trial);
        }
        for (const RunningTrial& trial : status.interrupted) {
            out += line_of("interrupted", trial);
        }
        for (const FailedTrial& trial : status.failed) {
            out +=
                fmt::format("  failed   {}  {}{}: {}  ({} attempt{}{})\n", configs::printable(trial.label),
                            configs::to_string(trial.failure.kind),
                            trial.failure.signal != 0 ? fmt::format(" {}", trial.failure.signal) : "",
                            configs::printable(trial.failure.message), trial.attempts, trial.attempts == 1 ? "" : "s",
                            trial.is_tried_again ? "; the next run tries again" : "");
        }
        if (!status.hidden.empty()) {
            out += fmt::format("  {} of these trials {} hidden, so in no report, query or ranking: {}\n",
                               status.hidden.size(), status.hidden.size() == 1 ? "is" : "are",
                               configs::first_joined(status.hidden, 3));
        }
        if (!status.is_newest) {
            out += counts.missing() > 0 ? "  an older revision: what is missing is not run any more\n" : "";
        } else if (!status.interrupted.empty()) {
            out += "  the process that ran it is gone: rerun the command to resume what is interrupted and run what is "
                   "missing (without --only or --where, all of it)\n";
        } else if (counts.missing() > 0 && counts.running == 0) {
            out += "  rerun the command, without --only or --where, to run what is missing\n";
        }
    }
    if (hidden > 0) {
        out += fmt::format("\n{} sweep{} hidden: attnsweep status --sweep NAME, attnsweep store unhide NAME\n", hidden,
                           hidden == 1 ? " is" : "s are");
    }
    return out;
}

}  // namespace attnsweep::reports
