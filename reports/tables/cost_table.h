#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// The cost of a configuration: means over its done repeats; nothing if no repeat is done or recorded the number.
struct ConfigurationCost {
    std::size_t configuration = 0;  ///< its place in the sweep
    configs::Spectrogram spectrogram = configs::Spectrogram::stft;
    double attention_ratio = 0;
    int done = 0;
    std::optional<double> accuracy, duration_s, epochs, epoch_s, peak_memory_bytes, parameters;
};
ConfigurationCost cost_of(std::size_t place, const store::ConfigurationEntry& configuration);

/// Builds the table of costs. For people: rounded, and numbers link to the configuration's trials; otherwise (csv,
/// json): SI units, unrounded.
Table cost_table(const SweepSummary& summary, const std::vector<ConfigurationCost>& costs, bool for_people);

std::string duration_in_words(double seconds);  ///< "41.2 s", "3.4 min", "2.1 h"

}  // namespace attnsweep::reports
