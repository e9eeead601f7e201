#include "runner/planning/remaining_trials.h"

#include <algorithm>
#include <unordered_set>

#include "runner/checkpoint_file.h"
#include "runner/planning/attempts_on_disk.h"

namespace attnsweep::runner {

RemainingTrials remaining_trials(const configs::Sweep& sweep, store::Store& store, const DurationModel& durations,
                                 bool retry_failed)
{
    // Mostly all are done or none is: the done ones in one go, only the others one by one.
    const std::unordered_set<std::string> done = store.done_trials();

    RemainingTrials remaining;
    store.together([&] {
        for (const configs::Trial& trial : sweep.trials) {
            if (done.contains(trial.id)) {
                ++remaining.done;
                continue;
            }
            store::TrialState state = store.states({trial.id}).front();
            AttemptsOnDisk attempts = attempts_on_disk(store.attempt_folder(trial.id, 1).parent_path(), trial.id);
            if (!attempts.results.empty()) {
                store.commit(attempts.results);  // nothing new to the store but what never got into pending/
                state = store.states({trial.id}).front();
            }
            if (state.status == store::Status::done) {
                ++remaining.done;
                continue;
            }
            const int newest = attempts.numbers.empty() ? 0 : attempts.numbers.front();
            if (state.status == store::Status::failed && state.last_failure && !retry_failed &&
                count_of(*state.last_failure, attempts.failures).is_set_aside()) {
                remaining.set_aside.push_back({trial.id, trial.label, *state.last_failure,
                                               store.attempt_folder(trial.id, std::max(newest, 1)) / "log.txt"});
                continue;
            }
            auto& earlier = remaining.earlier_attempts[trial.id];
            for (const int number : attempts.numbers) {
                earlier.push_back(store.attempt_folder(trial.id, number));
            }
            const std::vector<CheckpointFile> checkpoints = checkpoint_files(earlier);
            const ExpectedDuration duration =
                durations.of(trial, checkpoints.empty() ? 0 : checkpoints.front().epochs_done());
            scheduler::PlannedTrial planned{
                trial.id, duration.left_s, std::max(state.attempts, newest), {}, trial.configuration, {}, 0};
            if (!retry_failed) {
                planned.failures = std::move(attempts.failures);
            }
            remaining.durations.emplace(trial.id, duration);
            remaining.left.push_back(std::move(planned));
        }
    });
    return remaining;
}

}  // namespace attnsweep::runner
