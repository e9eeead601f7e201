#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "store/reading/measurements.h"
#include "store/reading/sweeps.h"
#include "store/store.h"

namespace attnsweep::store {

/// The test results of one done trial; NaN where a number is not known.
struct TestNumbers {
    int epoch = 0;
    double loss = 0;
    configs::Metrics metrics;
    double validation_loss = configs::Metrics::unknown,
           validation_accuracy = configs::Metrics::unknown;  ///< after `epoch`
};

/// A trial of a sweep with its results, as tables and figures use it.
struct TrialEntry {
    configs::Trial trial;
    TrialState state;
    std::optional<TestNumbers> test;  ///< when done
    int epochs = 0;
    double duration_s = 0;
    std::int64_t peak_memory_bytes = 0, parameters = 0;  ///< 0: not known
    std::string split_digest;
    configs::ExecutionRecord execution;
    std::int64_t done_attempt_id = 0;  ///< attempts.attempt_id of the attempt whose result counts, when done
};

/// The repeats of one configuration, which are averaged, in order.
struct ConfigurationEntry {
    std::string name;
    std::vector<TrialEntry> repeats;
};

/// A sweep's newest revision with its results, configurations in the sweep's order.
struct SweepResults {
    SweepEntry sweep;
    Weights weights = Weights::last;
    configs::DataSetDescription data;
    std::vector<ConfigurationEntry> configurations;
    std::vector<std::string> hidden = {};  ///< labels of the sweep's trials left out because they are hidden
};

/// Which of a sweep's trials are read.
struct TrialSelection {
    enum class By { everything, configuration, label, id_prefix };
    By by = By::everything;
    std::string name;
};

/// Lists the labels of the trials of the sweep's revision that `store hide` has hidden: those that are left out below unless
/// they are selected by label or id. Throws Error.
std::vector<std::string> hidden_trials(const Store& store, const SweepEntry& sweep,
                                       const std::string& configuration = {});

/// Returns the epochs of the best weights of the trials, in whatever sweep, that are done and not hidden. Throws Error.
std::vector<int> best_epochs_of(const Store& store, const std::vector<std::string>& trial_ids);

/// Reads the newest revision of a sweep (found by find_sweep()) with all its trials. Throws Error.
SweepResults read_results(const Store& store, const std::string& name, Weights weights);

/// Reads the selected trials of a sweep's revision; configurations without a selected trial are left out. Throws Error.
SweepResults read_results(const Store& store, SweepEntry sweep, Weights weights, const TrialSelection& selection = {});

/// Reads the selected trials one by one, in the sweep's order, and calls `taken` with each. The state of a done trial
/// has only its id and status. Throws Error, and what `taken` throws.
void read_trials(const Store& store, const SweepEntry& sweep, Weights weights, const TrialSelection& selection,
                 const std::function<void(TrialEntry&&)>& taken);
/// Reads the configurations one by one, in the sweep's order, and calls `taken` with each; states are filled as by
/// read_trials(). Memory grows with the largest configuration; only if a configuration's repeats are not consecutive
/// are all configurations held at once. Throws Error, and what `taken` throws.
void read_configurations(const Store& store, const SweepEntry& sweep, Weights weights,
                         const std::function<void(const ConfigurationEntry&)>& taken);

}  // namespace attnsweep::store
