#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/sweep_summary.h"

namespace attnsweep::reports {

/// Configurations that differ only in the attention ratio (and in settings without effect without attention).
struct RatioSeries {
    configs::Spectrogram spectrogram = configs::Spectrogram::stft;
    std::string title;  ///< "STFT"; the configuration's name without its ratio where there are several of an input
    std::string other_input;  ///< equal in two series that differ in the input alone
    /// Places in the sweep by ratio, done or not.
    std::map<double, std::vector<std::size_t>> configurations;
};

/// Groups the sweep's configurations into series, in the sweep's order.
std::vector<RatioSeries> ratio_series(const SweepSummary& summary);

/// Tells whether a series has more than one ratio, so that there is something to draw by it.
bool varies_ratio(const std::vector<RatioSeries>& series);

/// Returns the accuracies of the done repeats of all configurations with a ratio.
std::vector<double> accuracies_at(const RatioSeries& series, double ratio, const DoneTrials& done);

std::string upper_case(std::string text);  ///< ASCII letters

}  // namespace attnsweep::reports
