#include "runner/planning/remaining_trials.h"

#include <utility>

#include "runner/planning/trial_survey.h"

namespace attnsweep::runner {

RemainingTrials remaining_trials(const configs::Sweep& sweep, store::Store& store, const DurationModel& durations,
                                 bool retry_failed, std::unordered_set<std::string> again)
{
    TrialSurvey survey(store, retry_failed, std::move(again));
    RemainingTrials remaining;
    store.together([&] {
        for (const configs::Trial& trial : sweep.trials) {
            TrialOutlook outlook = survey.of(trial);
            if (outlook.action == PlannedAction::done) {
                ++remaining.done;
                continue;
            }
            if (outlook.action == PlannedAction::given_up) {
                const std::filesystem::path newest = outlook.attempt_folders.empty() ? store.attempt_folder(trial.id, 1)
                                                                                     : outlook.attempt_folders.front();
                remaining.given_up.push_back({trial.id, trial.label, *outlook.failure, newest / "log.txt"});
                continue;
            }
            const ExpectedDuration duration = durations.of(trial, outlook.epochs_done);
            remaining.left.push_back({trial.id,
                                      duration.left_s,
                                      outlook.last_attempt,
                                      std::move(outlook.failures),
                                      trial.configuration,
                                      {},
                                      0,
                                      outlook.action == PlannedAction::resumes});
            remaining.durations.emplace(trial.id, duration);
            remaining.earlier_attempts.emplace(trial.id, std::move(outlook.attempt_folders));
        }
    });
    return remaining;
}

}  // namespace attnsweep::runner
