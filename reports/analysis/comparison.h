#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/conclusion.h"
#include "reports/analysis/done_trials.h"
#include "reports/analysis/side.h"
#include "reports/analysis/sweep_summary.h"

namespace attnsweep::reports {

/// One metric of a configuration under A and under B.
struct MetricComparison {
    std::string name;  ///< "accuracy"
    bool higher_is_better = true;
    Summary a, b;  ///< over each side's done repeats, paired or not
    bool asked = false;
    Conclusion conclusion;  ///< of the pairs; only `difference` is set if not asked for
};

/// Repeats with equal seeds.
struct RepeatPair {
    std::string id_a, id_b, label_a, label_b;
};

/// A summary of learning curves: means over the repeats that have epochs.
struct CurveSummary {
    int repeats = 0;
    double epochs = 0, best_validation_accuracy = 0, best_epoch = 0, last_train_accuracy = 0;
};

/// A configuration of A compared with one of B.
struct ConfigurationComparison {
    std::string name_a, name_b;
    Completeness done_a, done_b;
    std::vector<std::string> settings;  ///< "training.learning_rate: 0.001 | 0.01", also code and kind of device
    std::vector<std::string> cautions;
    std::vector<RepeatPair> pairs;
    bool same_trials = false;   ///< both sides of each pair are the same trial of the same store
    bool is_reference = false;  ///< a side is a published mean, without repeats
    std::vector<MetricComparison> metrics;
    int clips = 0, recordings = 0;
    std::size_t clip_pairs = 0;  ///< pairs that `clips` was computed from, the first ones
    std::string no_clips;        ///< why there is no conclusion about other recordings; empty otherwise
    CurveSummary curve_a, curve_b;
    std::string verdict;                   ///< what the numbers mean, in a sentence or two
    std::size_t index_a = 0, index_b = 0;  ///< into the sides' configurations
};

struct Comparison {
    Side a, b;
    std::vector<ConfigurationComparison> configurations;
    std::vector<std::string> only_a, only_b;  ///< configurations without a partner
    std::size_t asked = 0;                    ///< comparisons corrected together
    double effect = 0.01;                     ///< the difference that the user wants to be able to see, in 0..1
};

/// Names what is compared: "cqt-r25", or "cqt-r0 | cqt-r25".
std::string name_of(const ConfigurationComparison& one);

/// Lists the metrics, "accuracy" first.
std::vector<std::string> metric_names();

/// Compares two sides. Sweeps and revisions are matched by configuration; two configurations or two trials are compared
/// whatever their names. `asked`: the metrics to draw conclusions about. `effect`: for which the repeats needed are told. Throws Error: bad_query for an unknown metric,
/// or for a sweep compared with a trial.
Comparison compare(Side a, Side b, const std::vector<std::string>& asked = {"accuracy"}, double effect = 0.01);

/// Compares pairs of configurations of one sweep, given by their places in it, with conclusions corrected for all pairs
/// together. Settings, cautions and curves are left empty. Throws Error.
std::vector<ConfigurationComparison> compare_within(const store::Store& store, const SweepSummary& summary,
                                                    const DoneTrials& done,
                                                    std::span<const std::pair<std::size_t, std::size_t>> pairs,
                                                    const std::vector<std::string>& asked = {"accuracy"});

}  // namespace attnsweep::reports
