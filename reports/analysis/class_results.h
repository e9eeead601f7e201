#pragma once

#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "reports/analysis/ratio_series.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// A configuration's confusion matrices added up over the repeats that are done.
struct ConfigurationConfusion {
    std::size_t configuration = 0;  ///< its place in the sweep
    int repeats = 0;
    configs::Confusion counts;  ///< rows true, columns predicted
};

/// Of configurations that have a trial done, the first `most` of them. Throws Error; damaged when a matrix has not as many rows
/// as there are classes.
std::vector<ConfigurationConfusion> read_confusions(const store::Store& store, store::Weights weights,
                                                    const DoneTrials& done, std::size_t classes, std::size_t most);

/// What 25 % attention does to each class: a series' classes at ratio 0 and at 0.25.
struct ClassChange {
    std::string title;                  ///< of the series
    std::size_t without = 0, with = 0;  ///< configurations
    std::vector<configs::ClassMetrics> before, after;
};
/// Of series that have both done.
std::vector<ClassChange> class_changes(const std::vector<RatioSeries>& series,
                                       const std::vector<ConfigurationConfusion>& confusions);

/// A pair of classes, one taken for the other.
struct Mistake {
    std::size_t truth = 0, taken_for = 0;
    std::int64_t clips = 0;
    std::int64_t truth_clips = 0;
};
/// Most clips first, then in the order of the classes; the first `most`.
std::vector<Mistake> mistakes(const configs::Confusion& counts, std::size_t most);

}  // namespace attnsweep::reports
