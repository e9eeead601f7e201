#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <variant>
#include <vector>

#include "configs/test_clips.h"

namespace attnsweep::configs {

/// Rows: true class; columns: predicted class; counts of clips.
using Confusion = std::vector<std::vector<std::int64_t>>;

/// One class of a confusion matrix, from its counts; a class without test clips has recall 0.
struct ClassMetrics {
    std::int64_t clips = 0;      ///< test clips of this class
    std::int64_t predicted = 0;  ///< test clips predicted as this class
    std::int64_t correct = 0;    ///< test clips of this class predicted as it
    double precision = 0, recall = 0, f1 = 0;
};
/// Computes the metrics of each class, in the order of the rows. Throws Error if the matrix is not square.
std::vector<ClassMetrics> class_metrics_of(const Confusion& confusion);

/// The values of all metrics for one test, or as published. NaN: unknown or undefined. Range 0..1, kappa -1..1. A class
/// that is never predicted has precision 0; a class without test clips is left out of the means over classes.
struct Metrics {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    double accuracy = unknown, precision_macro = unknown, recall_macro = unknown;
    double f1_micro = unknown;
    double f1_macro = unknown;       ///< the paper's: harmonic mean of the two macro averages
    double f1_class_mean = unknown;  ///< mean of the classes' F1
    double top3_accuracy = unknown;  ///< unknown if predictions were not kept
    double balanced_accuracy = unknown;
    double cohen_kappa = unknown;
};

/// The definition of a metric, from which store columns, tables, comparisons, the page and exports follow.
struct Metric {
    const char* name;      ///< of its columns, fields and options: "top3_accuracy"
    const char* title;     ///< column title in text tables and on the page: "top-3 %"
    const char* in_words;  ///< in a sentence: "top-3 accuracy"
    double Metrics::* value;
    std::variant<double (*)(const std::vector<ClassMetrics>&), double (*)(const std::vector<PredictedClip>&)> formula;
    bool higher_is_better = true;
    bool is_percent = false;    ///< shown in %, else with four decimals
    bool in_paper = false;      ///< stated in Table II of the paper
    bool in_table_two = false;  ///< a column of the text, Markdown and LaTeX table; CSV and JSON contain every metric
    /// For a fraction of clips: a clip counts if its true class has at most this rank. 0: not such a fraction.
    int counted_rank = 0;

    /// Returns whether the metric needs the predictions, not only the confusion matrix.
    bool needs_predictions() const { return formula.index() == 1; }
    /// Computes the metric from the classes of a confusion matrix, or from the predictions.
    double of(const std::vector<ClassMetrics>& classes, const std::vector<PredictedClip>& predictions) const;
};
/// Returns all metrics, accuracy first, in the order of the store columns: add new ones at the end.
std::span<const Metric> all_metrics();

/// Computes all metrics. `predictions` empty: not kept. Throws Error if the matrix is not square.
Metrics metrics_of(const Confusion& confusion, const std::vector<PredictedClip>& predictions = {});

}  // namespace attnsweep::configs
