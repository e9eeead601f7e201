#include "runner/planning/refit.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "configs/printable.h"
#include "configs/trial_identity.h"
#include "runner/error.h"
#include "runner/planning/only_trials.h"
#include "store/reading/results.h"
#include "store/reading/sweeps.h"

namespace attnsweep::runner {

namespace {

/// By configuration: the best epochs of its done repeats.
std::map<std::string, std::vector<int>> best_epochs_of(const configs::Sweep& sweep, const store::Store& store)
{
    std::map<std::string, std::string> configurations;  // by id, since another revision may name the trials otherwise
    for (const configs::Trial& trial : sweep.trials) {
        configurations.emplace(trial.id, trial.configuration);
    }
    std::map<std::string, std::vector<int>> epochs;
    store::read_trials(store, store::find_sweep(store, sweep.name), store::Weights::best, {},
                       [&](store::TrialEntry&& entry) {
                           const auto found = configurations.find(entry.trial.id);
                           if (entry.test && found != configurations.end()) {
                               epochs[found->second].push_back(entry.test->epoch);
                           }
                       });
    return epochs;
}

/// Of an even number, the mean of the middle two, rounded up.
int median(std::vector<int> values)
{
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half] + 1) / 2;
}

}  // namespace

configs::Sweep refit_of(const configs::Sweep& sweep, const store::Store& store,
                        const std::vector<std::string>& patterns)
{
    const auto ids = ids_of({patterns, {}}, sweep);
    const std::map<std::string, std::vector<int>> best_epochs = best_epochs_of(sweep, store);
    configs::Sweep refit = sweep;
    refit.name += "-refit";
    refit.description =
        fmt::format("last trainings, on the training and validation clips, of configurations of {}", sweep.name);
    refit.trials.clear();
    for (const configs::Trial& repeat : sweep.trials) {
        configs::Trial trial = repeat;
        trial.configuration += "-refit";
        const bool is_known = std::any_of(refit.trials.begin(), refit.trials.end(), [&](const configs::Trial& other) {
            return other.configuration == trial.configuration;
        });
        if (is_known || !ids.contains(repeat.id)) {
            continue;
        }
        const auto epochs = best_epochs.find(repeat.configuration);
        if (epochs == best_epochs.end()) {
            throw Error(
                fmt::format("--refit {}: no repeat of it is done in {}, so that how long to train is not known: run "
                            "the sweep first",
                            configs::printable(repeat.configuration), store.path().string()),
                exit_usage);
        }
        trial.label = trial.configuration;
        trial.repeat = 1;
        trial.spec.data.train_on_validation = true;
        trial.spec.training.early_stopping = false;
        trial.spec.training.max_epochs = median(epochs->second);
        trial.id = configs::trial_id(trial.spec);
        refit.trials.push_back(std::move(trial));
    }
    return refit;
}

}  // namespace attnsweep::runner
