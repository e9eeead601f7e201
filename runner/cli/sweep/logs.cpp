// `attnsweep logs`: shows what a trial's process wrote.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runner/attempt_files.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/cli/sweep/live_runs.h"
#include "runner/error.h"
#include "runner/node/fence.h"
#include "runner/value_checks.h"
#include "store/reading/history.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

struct LogsOptions {
    std::string trial, store = default_store();
    int attempt = 0;  // 0: the newest
    bool follow = false;
};

constexpr std::chrono::milliseconds follow_pause{200};

struct Found {
    std::string id, label;
    fs::path folder;                            // of its attempts
    std::vector<store::AttemptEntry> recorded;  // newest first
    fs::path attempt(int number) const { return folder / fmt::format("attempt-{}", number); }
};

/// Lowest first.
std::vector<int> attempts_of(const Found& trial)
{
    std::vector<int> numbers;
    std::error_code none;
    for (fs::directory_iterator entry(trial.folder, none), end; !none && entry != end; entry.increment(none)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with("attempt-") && name.size() > 8 &&
            name.find_first_not_of("0123456789", 8) == std::string::npos) {
            numbers.push_back(std::atoi(name.c_str() + 8));
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

Found find(const LogsOptions& options)
{
    const store::Store store = store::Store::open_to_read(options.store);
    const store::TrialLocation location = store.find_trial(options.trial);
    return {location.trial.id, location.trial.label,
            location.attempt_folder.empty() ? store.attempt_folder(location.trial.id, 1).parent_path()
                                            : location.attempt_folder.parent_path(),
            store::attempts_of(store, location.trial.id)};
}

/// Prints what was appended to the log since `offset`, and advances it.
void put_from(const fs::path& log, std::streamoff& offset)
{
    std::ifstream file(log, std::ios::binary);
    file.seekg(offset);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    offset += static_cast<std::streamoff>(text.size());
    std::cout << text;
    finish_output();
}

class Follower {
public:
    Follower(const LogsOptions& options, Found trial) : options_(options), trial_(std::move(trial)) {}

    void follow(int attempt)
    {
        for (bool again = true; again; std::this_thread::sleep_for(follow_pause)) {
            if (attempt == 0) {
                again = next(attempt);
                continue;
            }
            // Checked before the log is read, so that nothing written before the end is missed.
            const bool over = has_ended(attempt);
            put_from(trial_.attempt(attempt) / "log.txt", offset_);
            again = !over || (options_.attempt == 0 && next(attempt));
        }
    }

private:
    /// Moves on to a later attempt if it has begun. Returns false if none will begin.
    bool next(int& attempt)
    {
        const bool runs = sweep_goes_on();
        for (const int number : attempts_of(trial_)) {
            if (number > attempt) {
                std::cout << fmt::format("==> {} attempt {} <==\n", trial_.label, number) << std::flush;
                attempt = number;
                offset_ = 0;
                return true;
            }
        }
        return runs;
    }

    bool has_ended(int attempt) const
    {
        const fs::path folder = trial_.attempt(attempt);
        std::error_code ignored;
        if (fs::exists(folder / result_name, ignored) || attempts_of(trial_).back() > attempt) {
            return true;
        }
        return lives_here(folder).has_value() ? !*lives_here(folder) : !is_held();
    }

    bool is_held() const
    {
        const std::vector<LiveRun> runs = live_runs(options_.store);
        return std::any_of(runs.begin(), runs.end(), [](const LiveRun& run) { return run.holder.has_value(); });
    }

    /// Returns whether the running sweep may still begin an attempt of the trial.
    bool sweep_goes_on() const
    {
        std::error_code ignored;
        for (const int number : attempts_of(trial_)) {
            if (done_in(trial_.attempt(number))) {
                return false;
            }
        }
        for (const LiveRun& run : live_runs(options_.store)) {
            if (!run.is_running() || run.published->state != "running") {
                continue;
            }
            const auto& failures = run.published->failures;
            return std::none_of(failures.begin(), failures.end(), [&](const store::LiveFailure& failure) {
                return failure.label == trial_.label && !failure.again;
            });
        }
        return false;
    }

    bool done_in(const fs::path& folder) const
    {
        TrialOrder order;
        order.trial.id = trial_.id;
        order.attempt_folder = folder;
        return finished_result(order, [](const std::string&) {}).has_value();
    }

    const LogsOptions& options_;
    Found trial_;
    std::streamoff offset_ = 0;
};

/// An attempt that the store knows has begun, whatever became of its files.
void refuse_if_files_are_gone(const Found& trial, int attempt)
{
    for (const store::AttemptEntry& entry : trial.recorded) {
        if (attempt != 0 && entry.number != attempt) {
            continue;
        }
        const bool may_just_begin = entry.outcome.empty() && fs::exists(entry.folder.parent_path().parent_path());
        if (const std::string missing = store::missing_in_words(entry.folder); !missing.empty() && !may_just_begin) {
            throw Error(
                fmt::format("the log of {}, attempt {}, cannot be shown: {}", trial.label, entry.number, missing));
        }
        return;
    }
}

int logs(const LogsOptions& options)
{
    const Found trial = find(options);
    refuse_if_files_are_gone(trial, options.attempt);
    const std::vector<int> attempts = attempts_of(trial);
    const int attempt = options.attempt > 0 ? options.attempt : attempts.empty() ? 0 : attempts.back();
    if (options.attempt > 0 && std::find(attempts.begin(), attempts.end(), attempt) == attempts.end()) {
        std::string known;
        for (const int number : attempts) {
            known += (known.empty() ? "" : ", ") + std::to_string(number);
        }
        throw Error(fmt::format("{} has no attempt {}{}", trial.label, attempt,
                                known.empty() ? ": none has begun" : ": it has " + known),
                    exit_usage);
    }
    if (options.follow) {
        Follower(options, trial).follow(attempt);
        return exit_done;
    }
    if (attempt == 0) {
        throw Error(fmt::format("{} has no log yet: no attempt of it has begun; --follow waits for one while its sweep "
                                "runs",
                                trial.label),
                    exit_usage);
    }
    const fs::path log = trial.attempt(attempt) / "log.txt";
    std::error_code ignored;
    if (!fs::exists(log, ignored)) {
        throw Error(fmt::format("{}: there is no such log; was it removed?", log.string()));
    }
    std::streamoff offset = 0;
    put_from(log, offset);
    return exit_done;
}

}  // namespace

void add_logs(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<LogsOptions>();
    CLI::App* command = app.add_subcommand("logs", "Shows what a trial wrote: warnings, checkpoints, why it failed");
    command->add_option("TRIAL", options->trial, "The trial's label or id, or a unique prefix of it")->required();
    command->add_option("--attempt", options->attempt, "Number of the attempt; default: the newest")
        ->check(wrong_whole_number);
    command->add_flag("--follow,-f", options->follow,
                      "Follow the log until the attempt ends, then that of the next attempt if there is one");
    command->add_option("--store", options->store, "The store, or a folder of stores (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command->footer("Examples:\n"
                    "  attnsweep logs stft-r25-s2\n"
                    "  attnsweep logs cqt-r0-s1 --follow");
    command->callback([&chosen, options] { chosen = [options] { return logs(*options); }; });
}

}  // namespace attnsweep::runner
