#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "configs/sweep.h"
#include "runner/planning/expected_duration.h"
#include "scheduler/scheduler.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Lists what is left to run of a sweep, as the coordinator starts it: the answers of trial_survey.h for the run that holds the
/// lease.
struct RemainingTrials {
    std::vector<scheduler::PlannedTrial> left;  ///< `expected`: seconds left after the epochs its newest checkpoint has
    std::map<std::string, ExpectedDuration> durations;                           ///< by id, of those left
    std::map<std::string, std::vector<std::filesystem::path>> earlier_attempts;  ///< newest first, of those left
    int done = 0;
    struct GivenUp {
        std::string id, label;
        configs::Failure failure;
        std::filesystem::path log;
    };
    std::vector<GivenUp> given_up;  ///< trials given up in earlier runs
};

/// Surveys the sweep for its run, in one transaction of `store`, and imports results that never got into pending/. Attempt
/// numbers continue after the highest that the store or the folders have. `retry_failed`: failures of earlier runs do not
/// count. Throws store::Error.
/// `again`: ids of trials that run even if they are done.
RemainingTrials remaining_trials(const configs::Sweep& sweep, store::Store& store, const DurationModel& durations,
                                 bool retry_failed, std::unordered_set<std::string> again = {});

}  // namespace attnsweep::runner
