#pragma once

#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "reports/analysis/ratio_series.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// A configuration's confusion matrix, summed over its done repeats.
struct ConfigurationConfusion {
    std::size_t configuration = 0;  ///< its place in the sweep
    int repeats = 0;
    configs::Confusion counts;  ///< rows true, columns predicted
};

/// Reads the confusion matrices of the first `most` configurations with a done trial. Throws Error; damaged if a matrix
/// does not have one row per class.
std::vector<ConfigurationConfusion> read_confusions(const store::Store& store, store::Weights weights,
                                                    const DoneTrials& done, std::size_t classes, std::size_t most);

/// What 25 % attention changes for each class: a series' class metrics at ratio 0 and at 0.25.
struct ClassChange {
    std::string title;                  ///< of the series
    std::size_t without = 0, with = 0;  ///< configurations
    std::vector<configs::ClassMetrics> before, after;
};
/// Computes the changes of the series that have done trials at both ratios.
std::vector<ClassChange> class_changes(const std::vector<RatioSeries>& series,
                                       const std::vector<ConfigurationConfusion>& confusions);

/// A pair of classes, one predicted as the other.
struct Mistake {
    std::size_t truth = 0, taken_for = 0;
    std::int64_t clips = 0;
    std::int64_t truth_clips = 0;
};
/// Lists the `most` most frequent mistakes, by number of clips, then in the order of the classes.
std::vector<Mistake> mistakes(const configs::Confusion& counts, std::size_t most);

}  // namespace attnsweep::reports
