#pragma once

#include <cstdint>
#include <vector>

#include "configs/test_clips.h"

namespace attnsweep::configs {

/// Rows: true class; columns: predicted class; counts of clips.
using Confusion = std::vector<std::vector<std::int64_t>>;

/// The paper's five metrics, and the classes' own F1: all in 0..1. A class never predicted has precision 0;
/// a class without test clips is left out of the macro means.
struct Metrics {
    double accuracy = 0, precision_macro = 0, recall_macro = 0;
    double f1_micro = 0;
    double f1_macro = 0;       ///< the paper's: harmonic mean of the two macro averages
    double f1_class_mean = 0;  ///< mean of the classes' F1
};
/// Computes them from a confusion matrix. Throws Error where it is not square.
Metrics metrics_of(const Confusion& confusion);

/// Returns the share of the clips whose true class is among the three likeliest; not a number where predictions were not kept.
double top3_accuracy_of(const std::vector<PredictedClip>& predictions);

/// One class of a confusion matrix, from its counts; a class without test clips has recall 0.
struct ClassMetrics {
    std::int64_t clips = 0;  ///< test clips that are of it
    double precision = 0, recall = 0, f1 = 0;
};
/// Computes them for each class, in the order of the rows. Throws Error where the matrix is not square.
std::vector<ClassMetrics> class_metrics_of(const Confusion& confusion);

}  // namespace attnsweep::configs
