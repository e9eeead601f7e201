#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::runner {

/// Holds what a trial's folder (STORE.d/trials/ID) says about its attempts, including those that the store does not have yet.
struct AttemptsOnDisk {
    std::vector<int> numbers;                   ///< that have a folder, highest first
    std::vector<configs::TrialResult> results;  ///< of those that ended with one, in that order
    configs::FailureCounts failures;            ///< attempts that failed, by kind

    bool has_success() const;
    /// Returns the failure of the newest attempt, owned by this, or nullptr if it did not fail.
    const configs::Failure* newest_failure() const;
};

/// Reads the attempts of a trial. A result that cannot be read counts as missing; a missing folder has no attempts.
AttemptsOnDisk attempts_on_disk(const std::filesystem::path& trial_folder, const std::string& trial_id);

/// Compares the number of failures of one kind with the number after which the trial is given up.
struct FailureCount {
    int seen = 1, allowed = 1;  ///< of this kind
    bool is_given_up = false;   ///< by them, or by what killed the process in several ways
};
FailureCount count_of(const configs::Failure& last, configs::FailureCounts failures);

}  // namespace attnsweep::runner
