#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::runner {

/// What the next `run` does about a trial.
enum class PlannedAction {
    done,     ///< nothing
    running,  ///< a run does it now
    waits,    ///< it has ended, or is ending, and nobody has imported its result yet
    resumes,  ///< it resumes from a checkpoint
    again,    ///< it starts from its first epoch, though something of it was there
    fresh,    ///< it starts for the first time
    given_up  ///< nothing, unless asked to retry
};
/// Returns the words that `plan` prints, and writes in JSON.
std::string to_string(PlannedAction action);

/// What is known of one trial before the next run, by the store, files and processes of this machine.
struct TrialOutlook {
    PlannedAction action = PlannedAction::fresh;
    std::string why;     ///< for people, a phrase: "its last attempt was interrupted"; may be empty
    int from_epoch = 1;  ///< the epoch it resumes in, or is in
    double epochs_done = 0;
    std::filesystem::path checkpoint;                    ///< that it resumes from
    int last_attempt = 0;                                ///< highest number that the store or a folder has; 0: none
    std::vector<std::filesystem::path> attempt_folders;  ///< that exist, of each store the newest first
    configs::FailureCounts failures;                     ///< of the attempts in these folders, by kind
    std::optional<configs::Failure> failure;             ///< of the newest attempt, if it failed

    /// Takes a slot, now or later.
    bool remains() const
    {
        return action != PlannedAction::done && action != PlannedAction::waits && action != PlannedAction::given_up;
    }
};

}  // namespace attnsweep::runner
