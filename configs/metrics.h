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

/// The values of every metric, of one test or published; not a number: not known, or not defined. Shares in 0..1; kappa in -1..1.
/// A class never predicted has precision 0; a class without test clips is left out of the means over the classes.
struct Metrics {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    double accuracy = unknown, precision_macro = unknown, recall_macro = unknown;
    double f1_micro = unknown;
    double f1_macro = unknown;       ///< the paper's: harmonic mean of the two macro averages
    double f1_class_mean = unknown;  ///< mean of the classes' F1
    double top3_accuracy = unknown;  ///< unknown where predictions were not kept
    double balanced_accuracy = unknown;
    double cohen_kappa = unknown;
};

/// The one definition of a metric. Columns of the store, tables, comparisons, the page and exports follow from it.
struct Metric {
    const char* name;      ///< of its columns, fields and options: "top3_accuracy"
    const char* title;     ///< over its column where people read it: "top-3 %"
    const char* in_words;  ///< in a sentence: "top-3 accuracy"
    double Metrics::* value;
    std::variant<double (*)(const Confusion&), double (*)(const std::vector<PredictedClip>&)> formula;
    bool higher_is_better;
    bool is_percent;    ///< people read it in %, else with four decimal places
    bool in_paper;      ///< Table II of the paper has it
    bool in_table_two;  ///< the table for people has a column for it; CSV and JSON have one for each metric
    /// Of a share of the clips: counts those whose true class has at most this rank; 0: it is no such share.
    int counted_rank = 0;

    /// Whether the confusion matrix does not suffice.
    bool needs_predictions() const { return formula.index() == 1; }
    double of(const Confusion& confusion, const std::vector<PredictedClip>& predictions) const;
};
/// Returns every metric, accuracy first, in the order of the columns of the stores: new ones are added at the end.
std::span<const Metric> all_metrics();

/// Computes all of them. `predictions` empty: not kept. Throws Error where the matrix is not square.
Metrics metrics_of(const Confusion& confusion, const std::vector<PredictedClip>& predictions = {});

/// One class of a confusion matrix, from its counts; a class without test clips has recall 0.
struct ClassMetrics {
    std::int64_t clips = 0;      ///< test clips that are of it
    std::int64_t predicted = 0;  ///< test clips that were predicted as it
    double precision = 0, recall = 0, f1 = 0;
};
/// Computes them for each class, in the order of the rows. Throws Error where the matrix is not square.
std::vector<ClassMetrics> class_metrics_of(const Confusion& confusion);

}  // namespace attnsweep::configs
