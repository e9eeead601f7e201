#include "runner/planning/attempts_on_disk.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "configs/failure_policy.h"
#include "files/durable_file.h"
#include "runner/attempt_files.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

namespace fs = std::filesystem;

std::optional<configs::TrialResult> result_in(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::exists(folder / result_name, ignored)) {
        return std::nullopt;
    }
    try {
        return nlohmann::json::parse(files::read_file(folder / result_name)).get<configs::TrialResult>();
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

AttemptsOnDisk attempts_on_disk(const fs::path& trial_folder, const std::string& trial_id)
{
    AttemptsOnDisk attempts;
    std::error_code none;
    for (fs::directory_iterator entry(trial_folder, none), end; !none && entry != end; entry.increment(none)) {
        if (const int number = store::attempt_number(entry->path()); number > 0) {
            attempts.numbers.push_back(number);
        }
    }
    std::sort(attempts.numbers.rbegin(), attempts.numbers.rend());
    for (const int number : attempts.numbers) {
        auto result = result_in(trial_folder / ("attempt-" + std::to_string(number)));
        if (!result || result->trial_id != trial_id) {
            continue;
        }
        if (result->outcome == configs::Outcome::failed) {
            ++attempts.failures[result->failure.kind];
        }
        attempts.results.push_back(std::move(*result));
    }
    return attempts;
}

bool AttemptsOnDisk::has_success() const
{
    return std::any_of(results.begin(), results.end(),
                       [](const configs::TrialResult& result) { return result.outcome == configs::Outcome::done; });
}

const configs::Failure* AttemptsOnDisk::newest_failure() const
{
    if (results.empty() || results.front().attempt != numbers.front() ||
        results.front().outcome != configs::Outcome::failed) {
        return nullptr;
    }
    return &results.front().failure;
}

FailureCount count_of(const configs::Failure& last, configs::FailureCounts failures)
{
    // The store may still have a result whose file is gone.
    const int seen = failures[last.kind] = std::max(failures[last.kind], 1);
    return {seen, configs::policy_of(last.kind).attempts, !configs::tried_again(failures, last.kind)};
}

}  // namespace attnsweep::runner
