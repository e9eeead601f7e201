#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "store/store.h"

namespace attnsweep::store {

/// Which weights a test number belongs to: the last epoch's (Keras' default) or the best epoch's.
enum class Weights { last, best };
std::string to_string(Weights weights);
Weights weights_from(const std::string& name);  ///< throws Error naming the known ones

/// A sweep and its newest revision.
struct SweepEntry {
    std::string name, description;
    std::int64_t revision_id = 0;
    int revision = 1;         ///< 1, 2, ... within the sweep
    std::string recorded_at;  ///< UTC, ISO 8601
    std::vector<std::string> overrides;
};

/// The clips of a split, stored once by its digest.
struct SplitCounts {
    std::string digest;
    std::vector<std::string> classes;
    std::vector<std::int64_t> train_clips_per_class, test_clips_per_class;  ///< train includes validation
    std::int64_t train_clips = 0, validation_clips = 0, test_clips = 0;     ///< train without validation
};

/// What one done trial gives to a table; not a number: not known.
struct TestNumbers {
    int epoch = 0;
    double loss = 0;
    configs::Metrics metrics;
    double top3_accuracy = 0;
};

/// A trial of a sweep as the tables and figures see it.
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

/// Newest first. Throws Error.
std::vector<SweepEntry> sweeps(const Store& store);

/// `name` empty: the sweep recorded last. Throws Error (unknown, listing the sweeps; missing when there is none).
SweepEntry find_sweep(const Store& store, const std::string& name);
SweepResults read_results(const Store& store, const std::string& name, Weights weights);

/// A sweep as it stood at revision `number`; throws Error (unknown), listing the revisions there are.
SweepEntry find_revision(const Store& store, const std::string& name, int number);
SweepResults read_results(const Store& store, SweepEntry sweep, Weights weights, const TrialSelection& selection = {});

/// Their names, in the sweep's order.
std::vector<std::string> configurations_of(const Store& store, const SweepEntry& sweep);

/// One trial after the other, in the sweep's order; of a done one the state is only that it is done.
void read_trials(const Store& store, const SweepEntry& sweep, Weights weights, const TrialSelection& selection,
                 const std::function<void(TrialEntry&&)>& taken);
/// One configuration after the other, whole, in the sweep's order; states as in read_trials. Memory goes with the largest one: only of
/// a store that has a configuration's repeats apart all are held at once.
void read_configurations(const Store& store, const SweepEntry& sweep, Weights weights,
                         const std::function<void(const ConfigurationEntry&)>& taken);
/// How many trials the sweep's revision has, done or not.
std::size_t count_trials(const Store& store, const SweepEntry& sweep);
/// As the sweep's revision recorded it.
configs::DataSetDescription read_data_set(const Store& store, const SweepEntry& sweep);

/// The split of a digest; nothing when no trial recorded it.
std::optional<SplitCounts> read_split(const Store& store, const std::string& digest);

/// By epoch, of the attempt that counts (done), else of the newest.
std::vector<configs::EpochRecord> read_epochs(const Store& store, const std::string& trial_id);

/// Test set, of a done trial; empty when there is none.
configs::Confusion read_confusion(const Store& store, const std::string& trial_id, Weights weights);
/// The same by TrialEntry::done_attempt_id, which is found sooner.
configs::Confusion read_confusion(const Store& store, std::int64_t attempt_id, Weights weights);

}  // namespace attnsweep::store
