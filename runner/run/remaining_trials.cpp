#include "runner/run/remaining_trials.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <nlohmann/json.hpp>

#include "files/durable_file.h"
#include "runner/checkpoint_file.h"
#include "scheduler/failure_policy.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

/// Numbers of the attempts that have a folder, highest first.
std::vector<int> attempts_on_disk(const reports::Store& store, const std::string& trial)
{
    std::vector<int> numbers;
    std::error_code none;  // a trial without a folder has no attempts
    for (fs::directory_iterator entry(store.attempt_folder(trial, 1).parent_path(), none), end; !none && entry != end;
         entry.increment(none)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with("attempt-") && name.size() > 8 &&
            name.find_first_not_of("0123456789", 8) == std::string::npos)
            numbers.push_back(std::atoi(name.c_str() + 8));
    }
    std::sort(numbers.rbegin(), numbers.rend());
    return numbers;
}

std::optional<configs::TrialResult> result_in(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::exists(folder / "result.json", ignored))
        return std::nullopt;
    try {
        return nlohmann::json::parse(files::read_file(folder / "result.json")).get<configs::TrialResult>();
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

struct Attempts {
    std::vector<int> numbers;
    std::vector<configs::TrialResult> results;
    std::map<std::string, int> failures;  // by kind
};

Attempts look_at(const reports::Store& store, const std::string& trial)
{
    Attempts attempts{attempts_on_disk(store, trial), {}, {}};
    for (const int number : attempts.numbers) {
        auto result = result_in(store.attempt_folder(trial, number));
        if (!result || result->trial_id != trial)
            continue;
        if (result->outcome == configs::Outcome::failed)
            ++attempts.failures[result->failure.kind];
        attempts.results.push_back(std::move(*result));
    }
    return attempts;
}

bool is_set_aside(const configs::Failure& last, const std::map<std::string, int>& failures)
{
    const auto count = failures.find(last.kind);
    return std::max(count == failures.end() ? 0 : count->second, 1) >= scheduler::policy_of(last.kind).attempts;
}

}  // namespace

RemainingTrials remaining_trials(const configs::Sweep& sweep, reports::Store& store, const DurationModel& durations,
                                 bool retry_failed)
{
    std::vector<std::string> ids;
    for (const configs::Trial& trial : sweep.trials)
        ids.push_back(trial.id);
    const std::vector<reports::TrialState> states = store.states(ids);

    RemainingTrials remaining;
    store.together([&] {
        for (std::size_t i = 0; i < states.size(); ++i) {
            const configs::Trial& trial = sweep.trials[i];
            reports::TrialState state = states[i];
            if (state.status == reports::Status::done) {
                ++remaining.done;
                continue;
            }
            Attempts attempts = look_at(store, trial.id);
            if (!attempts.results.empty()) {
                store.commit(attempts.results);  // nothing new to the store but what never got into pending/
                state = store.states({trial.id}).front();
            }
            if (state.status == reports::Status::done) {
                ++remaining.done;
                continue;
            }
            const int newest = attempts.numbers.empty() ? 0 : attempts.numbers.front();
            if (state.status == reports::Status::failed && state.last_failure && !retry_failed &&
                is_set_aside(*state.last_failure, attempts.failures)) {
                remaining.set_aside.push_back({trial.label, *state.last_failure,
                                               store.attempt_folder(trial.id, std::max(newest, 1)) / "log.txt"});
                continue;
            }
            auto& earlier = remaining.earlier_attempts[trial.id];
            for (const int number : attempts.numbers)
                earlier.push_back(store.attempt_folder(trial.id, number));
            const std::vector<CheckpointFile> checkpoints = checkpoint_files(earlier);
            const ExpectedDuration duration =
                durations.of(trial, checkpoints.empty() ? 0 : checkpoints.front().epochs_done());
            scheduler::PlannedTrial planned{trial.id, duration.left_s, std::max(state.attempts, newest), {}};
            if (!retry_failed)
                planned.failures = std::move(attempts.failures);
            remaining.durations.emplace(trial.id, duration);
            remaining.left.push_back(std::move(planned));
        }
    });
    return remaining;
}

}  // namespace attnsweep::runner
