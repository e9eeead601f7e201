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

/// What one done trial gives to a table; not a number: not known.
struct TestNumbers {
    int epoch = 0;
    double loss = 0;
    configs::Metrics metrics;
};

/// A trial of a sweep, as the tables and figures see it.
struct TrialEntry {
    configs::Trial trial;
    TrialState state;
    std::optional<TestNumbers> test;  ///< when done
    int epochs = 0;
    double duration_s = 0;
    std::int64_t peak_memory_bytes = 0, parameters = 0;  ///< 0: not known
    std::string split_digest;
    configs::ExecutionRecord execution;
    std::int64_t done_attempt_id = 0;  ///< the store's number of the attempt that counts, when done
};

/// Trials averaged together, in the order of their repeats.
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
};

/// Which of a sweep's trials are read.
struct TrialSelection {
    enum class By { everything, configuration, label, id_prefix };
    By by = By::everything;
    std::string name;
};

/// Reads the newest revision of a sweep whole, found by find_sweep(). Throws Error.
SweepResults read_results(const Store& store, const std::string& name, Weights weights);

/// Reads the selected trials of a sweep's revision whole; configurations without a selected trial are left out. Throws Error.
SweepResults read_results(const Store& store, SweepEntry sweep, Weights weights, const TrialSelection& selection = {});

/// Reads one trial after the other, in the sweep's order, and hands each over; the state of a done trial says only that it is done.
/// Throws Error, and what `taken` throws.
void read_trials(const Store& store, const SweepEntry& sweep, Weights weights, const TrialSelection& selection,
                 const std::function<void(TrialEntry&&)>& taken);
/// Reads one configuration after the other, whole, in the sweep's order, and hands each over; states as read_trials() gives them.
/// Memory goes with the largest configuration; only where a configuration's repeats do not follow each other are all held at once.
/// Throws Error, and what `taken` throws.
void read_configurations(const Store& store, const SweepEntry& sweep, Weights weights,
                         const std::function<void(const ConfigurationEntry&)>& taken);

}  // namespace attnsweep::store
