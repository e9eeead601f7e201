#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/analysis/statistics.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// A configuration as a table has it: its repeats added up.
struct ConfigurationSummary {
    std::string name;
    /// Settings of its repeats, seeds aside, each once; the first repeat's come first.
    std::vector<configs::TrialSpec> specs;
    Completeness counts;
    MetricSummaries metrics;            ///< over the repeats done
    std::vector<std::string> cautions;  ///< statistics.h

    const configs::TrialSpec& spec() const { return specs.front(); }
};

/// A sweep's newest revision without its single trials: what Tables I and II need. Its size goes with the number of configurations.
struct SweepSummary {
    store::SweepEntry sweep;
    store::Weights weights = store::Weights::last;
    configs::DataSetDescription data;
    std::vector<ConfigurationSummary> configurations;  ///< in the sweep's order
    std::string split_digest;                          ///< of the first trial done that says it; empty: none does

    /// At most so many of each, in the sweep's order; how many there are say the counts.
    static constexpr std::size_t most_named = 8;
    struct FailedTrial {
        std::string label;
        configs::Failure failure;
    };
    std::vector<FailedTrial> failed;
    std::vector<std::string> missing;  ///< labels

    /// The next configuration in the sweep's order.
    void add(const store::ConfigurationEntry& configuration);
};

SweepSummary summary_of(const store::SweepResults& results);

/// The same straight from the store, a configuration at a time: memory does not grow with the number of repeats. `name` empty: the
/// sweep recorded last. Throws Error as read_results.
SweepSummary read_summary(const store::Store& store, const std::string& name, store::Weights weights);

Completeness completeness_of(const SweepSummary& summary);

}  // namespace attnsweep::reports
