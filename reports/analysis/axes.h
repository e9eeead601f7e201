#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/sweep_summary.h"

namespace attnsweep::reports {

/// A value of an axis, and the configurations (places in the sweep) that have it.
struct AxisValue {
    std::string text;   ///< "0.001", "cqt"
    double number = 0;  ///< of a numeric axis; else the value's place
    std::vector<std::size_t> configurations;
};

/// A setting in which the sweep's configurations differ.
struct Axis {
    std::string key;    ///< "training.learning_rate"
    std::string title;  ///< "learning_rate", or the key where two have that name
    bool is_numeric = false;
    bool is_logarithmic = false;    ///< numeric, above 0, and spread over orders of magnitude
    std::vector<AxisValue> values;  ///< two at least; of a numeric axis ascending, else in the sweep's order
};

/// Finds the axes of a sweep, whatever they were written as, in the order of a sweep file.
std::vector<Axis> axes_of(const SweepSummary& summary);

/// Tells whether the values (ascending) are spread over orders of magnitude: the largest at least 30 times the smallest,
/// and more evenly spaced in their logarithms.
bool is_spread_logarithmically(const std::vector<double>& values);

/// Tells whether the report shows the axes: there are some and, beside the paper, others than its two, which its own figure
/// shows.
bool shows_axes(const SweepSummary& summary, const std::vector<Axis>& axes);

/// Returns the test accuracies of all done repeats with this value.
std::vector<double> accuracies_at(const AxisValue& value, const DoneTrials& done);

/// Returns the mean validation accuracy of the configurations at these places, weighted by their repeats.
Summary validation_accuracy_of(const SweepSummary& summary, const std::vector<std::size_t>& configurations);

/// Two axes that are crossed: at least half of the pairs of their values have a done trial.
struct AxisPair {
    std::size_t across = 0, down = 0;  ///< places in the list of axes
    /// Mean validation accuracies, a row per value of `down`; n is 0 where there is none.
    std::vector<std::vector<Summary>> cells;
};
/// Finds the pairs of axes, the first `most` of them. Axes with more than most_pair_values values are left out.
std::vector<AxisPair> axis_pairs(const SweepSummary& summary, const std::vector<Axis>& axes, std::size_t most);
inline constexpr std::size_t most_pair_values = 24;

}  // namespace attnsweep::reports
