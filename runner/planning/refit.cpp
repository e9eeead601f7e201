#include "runner/planning/refit.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "configs/network_rules.h"
#include "configs/printable.h"
#include "configs/trial_identity.h"
#include "runner/error.h"
#include "runner/planning/only_trials.h"
#include "store/reading/results.h"
#include "store/reading/sweeps.h"

namespace attnsweep::runner {

namespace {

/// Of an even number, the mean of the middle two, rounded up.
int median(std::vector<int> values)
{
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half] + 1) / 2;
}

/// The repeats of each configuration with a trial among `ids`, in the sweep's order.
std::vector<std::vector<const configs::Trial*>> repeats_of(const configs::Sweep& sweep,
                                                           const std::unordered_set<std::string>& ids)
{
    std::set<std::string> wanted;
    for (const configs::Trial& trial : sweep.trials) {
        if (ids.contains(trial.id)) {
            wanted.insert(trial.configuration);
        }
    }
    std::map<std::string, std::size_t> places;
    std::vector<std::vector<const configs::Trial*>> repeats;
    for (const configs::Trial& trial : sweep.trials) {
        if (wanted.contains(trial.configuration)) {
            const auto [place, is_new] = places.try_emplace(trial.configuration, repeats.size());
            if (is_new) {
                repeats.emplace_back();
            }
            repeats[place->second].push_back(&trial);
        }
    }
    return repeats;
}

configs::Trial last_training(const std::vector<const configs::Trial*>& repeats, const store::Store& store)
{
    configs::Trial trial = *repeats.front();
    const std::string name = configs::printable(trial.configuration);
    if (trial.spec.data.train_on_validation) {
        throw Error(
            fmt::format("--refit {}: it trains on the validation clips already (data.train_on_validation)", name),
            exit_usage);
    }
    std::vector<std::string> ids;
    ids.reserve(repeats.size());
    for (const configs::Trial* repeat : repeats) {
        ids.push_back(repeat->id);
    }
    const std::vector<int> epochs = store::best_epochs_of(store, ids);
    if (epochs.empty()) {
        throw Error(
            fmt::format("--refit {}: no repeat of it is done in {}, so that how long to train is not known: run the "
                        "sweep first",
                        name, store.path().string()),
            exit_usage);
    }
    const int last_epoch = median(epochs);
    const configs::TrainingSettings& training = trial.spec.training;
    const auto refused = [&](const std::string& why) {
        return Error(
            fmt::format("--refit {}: its repeats were best after {} epoch{} (median), but {}; make a sweep of it with "
                        "data.train_on_validation = true, training.early_stopping = false and the epochs you want",
                        name, last_epoch, last_epoch == 1 ? "" : "s", why),
            exit_usage);
    };
    // Fewer epochs would be another schedule than the one whose best epoch is known.
    if (training.schedule == configs::Schedule::cosine) {
        throw refused(
            "training.schedule = \"cosine\" falls to its end over training.max_epochs, and would fall faster");
    }
    if (training.warmup_epochs > last_epoch) {
        throw refused(fmt::format("training.warmup_epochs = {} is longer", training.warmup_epochs));
    }
    trial.configuration += "-refit";
    trial.label = trial.configuration;
    trial.repeat = 1;
    trial.spec.data.train_on_validation = true;
    trial.spec.training.early_stopping = false;
    trial.spec.training.max_epochs = last_epoch;
    configs::check_trial(trial.spec);
    trial.id = configs::trial_id(trial.spec);
    return trial;
}

}  // namespace

configs::Sweep refit_of(const configs::Sweep& sweep, const store::Store& store,
                        const std::vector<std::string>& patterns)
{
    std::vector<configs::Trial> asked;
    for (const auto& repeats : repeats_of(sweep, ids_of({patterns, {}}, sweep))) {
        asked.push_back(last_training(repeats, store));
    }
    configs::Sweep refit = sweep;
    refit.name += "-refit";
    refit.description =
        fmt::format("last trainings, on the training and validation clips, of configurations of {}", sweep.name);
    refit.trials.clear();
    if (const auto earlier = store::sweep_named(store, refit.name)) {
        for (const store::ConfigurationEntry& entry :
             store::read_results(store, *earlier, store::Weights::last).configurations) {
            const configs::Trial& trial = entry.repeats.front().trial;
            const bool is_asked = std::any_of(asked.begin(), asked.end(), [&](const configs::Trial& other) {
                return other.configuration == trial.configuration;
            });
            const bool is_of_this_data =
                std::any_of(sweep.trials.begin(), sweep.trials.end(), [&](const configs::Trial& other) {
                    return other.spec.data_set.digest == trial.spec.data_set.digest;
                });
            if (!is_asked && is_of_this_data) {
                refit.trials.push_back(trial);
            }
        }
    }
    refit.trials.insert(refit.trials.end(), asked.begin(), asked.end());
    return refit;
}

}  // namespace attnsweep::runner
