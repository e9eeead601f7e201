#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::runner {

/// Says what the next `run` does about a trial.
enum class PlannedAction {
    done,     ///< nothing
    running,  ///< nothing: a run trains it now
    waits,    ///< it has ended, or is ending, and its result is not imported yet
    resumes,  ///< it resumes from a checkpoint
    again,    ///< it starts again from its first epoch
    fresh,    ///< it starts for the first time
    given_up  ///< nothing, unless asked to retry
};
/// Returns the words that `plan` prints, and writes in JSON.
std::string to_string(PlannedAction action);

/// Holds what is known of one trial before the next run, from the store, files and processes of this machine.
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

    /// Returns whether the trial takes a slot, now or later.
    bool remains() const
    {
        return action != PlannedAction::done && action != PlannedAction::waits && action != PlannedAction::given_up;
    }
    /// Returns whether it runs, or has a checkpoint: such trials come before all others.
    bool has_begun() const { return action == PlannedAction::running || action == PlannedAction::resumes; }
};

}  // namespace attnsweep::runner
