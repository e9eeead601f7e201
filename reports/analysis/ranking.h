#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/conclusion.h"
#include "reports/analysis/statistics.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

/// What configurations are ranked by: a result on the validation clips, with the weights that are reported. Never one on the
/// test clips: the best of many by its test result is best by luck, too.
enum class RankedBy { validation_loss, validation_accuracy };
std::string to_string(RankedBy by);
RankedBy ranked_by_from(const std::string& name);  ///< throws Error (bad_query)

/// A configuration with a done repeat.
struct RankedConfiguration {
    std::string name;
    std::vector<std::string> settings;  ///< values of Ranking::keys
    Completeness counts;
    Summary by;                ///< what it is ranked by, over the done repeats
    Summary test_accuracy;     ///< over the same repeats
    std::string trial;         ///< label of its best repeat
    Conclusion against_first;  ///< of the repeats with equal seeds, its value - the first's; not for the first

    /// Returns whether the repeats separate it from the first.
    bool is_separate() const { return against_first.repeats_separate; }
};

/// A sweep's configurations, the best first.
struct Ranking {
    store::SweepEntry sweep;
    store::Weights weights = store::Weights::last;
    RankedBy by = RankedBy::validation_loss;
    std::vector<std::string> keys;  ///< the settings that differ
    std::vector<RankedConfiguration> ranked;
    std::vector<std::string> unranked;            ///< configurations without a done repeat
    std::vector<std::string> without_validation;  ///< done, but no validation result is recorded: published numbers
    std::vector<std::string> hidden;              ///< labels of trials left out by `store hide`
    std::size_t first_by_test = 0;                ///< whose mean test accuracy is highest
};

/// Ranks the configurations of a sweep (named as for find_sweep()) by the mean over their done repeats; at equal means in the
/// sweep's order. `where`: only configurations with a trial that meets this condition (Query::where); empty: all. Memory does
/// not grow with the repeats. Throws store::Error.
Ranking rank_configurations(const store::Store& store, const std::string& sweep, store::Weights weights, RankedBy by,
                            const std::string& where);

}  // namespace attnsweep::reports
