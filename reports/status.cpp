#include "reports/status.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "configs/names.h"
#include "configs/printable.h"
#include "files/lease.h"
#include "store/published_store.h"
#include "store/reading/sweep_status.h"

namespace attnsweep::reports {

namespace {

/// Where the parts' files lie whose lease is held: somebody runs them.
using HeldFolders = std::vector<std::string>;

HeldFolders held_folders(const store::Store& store)
{
    HeldFolders held;
    for (const std::filesystem::path& part : store.parts()) {
        const std::string folder = std::filesystem::absolute(part).lexically_normal().string() + ".d/";
        if (files::Lease::holder(folder + "lease")) {
            held.push_back(folder);
        }
    }
    return held;
}

/// `attempt_folder`: relative to a single store's folder, or absolute, of one of several parts.
bool is_held_by(const HeldFolders& held, const std::string& attempt_folder)
{
    if (!attempt_folder.starts_with('/')) {
        return !held.empty();
    }
    return std::any_of(held.begin(), held.end(),
                       [&](const std::string& folder) { return attempt_folder.starts_with(folder); });
}

SweepStatus status_of(const store::Store& store, const store::SweepEntry& sweep, const HeldFolders& held)
{
    SweepStatus status;
    status.sweep = sweep;
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
        if (attempt.outcome.empty()) {
            const bool is_held = is_held_by(held, attempt.folder);
            status.counts.running += is_held;
            // "auto" is what was asked for, not what it runs on.
            (is_held ? status.running : status.interrupted)
                .push_back({trial.label, attempt.host, attempt.device == "auto" ? "" : attempt.device,
                            attempt.started_at, attempt.number, attempt.epochs, trial.max_epochs});
        } else if (attempt.outcome == "failed") {
            ++status.counts.failed;
            status.failed.push_back({trial.label, attempt.number, attempt.failure});
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
        name.empty() ? store::sweeps(store) : std::vector{store::find_sweep(store, name)};
    const auto read = [&](const HeldFolders& held_by_runs) {
        std::vector<SweepStatus> statuses;
        for (const store::SweepEntry& sweep : chosen) {
            statuses.push_back(status_of(store, sweep, held_by_runs));
        }
        return statuses;
    };
    // Asked before and after: a run may begin while its trials are read. What was held before stays so in this reading.
    HeldFolders held = held_folders(store);
    const std::vector<SweepStatus> statuses = read(held);
    const std::size_t before = held.size();
    for (std::string& folder : held_folders(store)) {
        if (std::find(held.begin(), held.end(), folder) == held.end()) {
            held.push_back(std::move(folder));
        }
    }
    return held.size() == before ? statuses : read(held);
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
    if (sweeps.empty()) {
        out += "no sweep yet: attnsweep run SWEEP.toml --data DIR\n";
    }
    for (const SweepStatus& status : sweeps) {
        const Completeness& counts = status.counts;
        out +=
            fmt::format("\n{} (revision {}, {}): {} trials: {} done, {} running, {} failed, {} missing{}\n",
                        configs::printable(status.sweep.name), status.sweep.revision, status.sweep.recorded_at,
                        counts.repeats, counts.done, counts.running, counts.failed, counts.missing(),
                        status.interrupted.empty() ? "" : fmt::format(" ({} interrupted)", status.interrupted.size()));
        for (const RunningTrial& trial : status.running) {
            out += line_of("running", trial);
        }
        for (const RunningTrial& trial : status.interrupted) {
            out += line_of("interrupted", trial);
        }
        for (const FailedTrial& trial : status.failed) {
            out +=
                fmt::format("  failed   {}  {}{}: {}  ({} attempt{})\n", configs::printable(trial.label),
                            configs::to_string(trial.failure.kind),
                            trial.failure.signal != 0 ? fmt::format(" {}", trial.failure.signal) : "",
                            configs::printable(trial.failure.message), trial.attempts, trial.attempts == 1 ? "" : "s");
        }
        if (!status.interrupted.empty()) {
            out += "  the process that ran it is gone: rerun the command to resume what is interrupted and run what is "
                   "missing\n";
        } else if (counts.missing() > 0 && counts.running == 0) {
            out += "  rerun the command to run what is missing\n";
        }
    }
    return out;
}

}  // namespace attnsweep::reports
