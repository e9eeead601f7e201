#include "configs/metrics.h"

#include <algorithm>
#include <limits>

#include "configs/error.h"

namespace attnsweep::configs {

namespace {

double ratio(double part, double whole)
{
    return whole == 0 ? 0 : part / whole;
}

double harmonic_mean(double a, double b)
{
    return ratio(2 * a * b, a + b);
}

}  // namespace

std::vector<ClassMetrics> class_metrics_of(const Confusion& confusion)
{
    const std::size_t classes = confusion.size();
    std::vector<ClassMetrics> metrics(classes);
    std::vector<double> predicted(classes, 0);
    for (std::size_t row = 0; row < classes; ++row) {
        if (confusion[row].size() != classes) {
            throw Error("confusion matrix: row " + std::to_string(row) + " has " +
                        std::to_string(confusion[row].size()) + " columns; expected as many as rows, " +
                        std::to_string(classes));
        }
        for (std::size_t column = 0; column < classes; ++column) {
            metrics[row].clips += confusion[row][column];
            predicted[column] += static_cast<double>(confusion[row][column]);
        }
    }
    for (std::size_t k = 0; k < classes; ++k) {
        const auto hits = static_cast<double>(confusion[k][k]);
        metrics[k].precision = ratio(hits, predicted[k]);
        metrics[k].recall = ratio(hits, static_cast<double>(metrics[k].clips));
        metrics[k].f1 = harmonic_mean(metrics[k].precision, metrics[k].recall);
    }
    return metrics;
}

Metrics metrics_of(const Confusion& confusion)
{
    Metrics metrics;
    double clips = 0, right = 0, counted = 0;
    const std::vector<ClassMetrics> classes = class_metrics_of(confusion);
    for (std::size_t k = 0; k < classes.size(); ++k) {
        clips += static_cast<double>(classes[k].clips);
        right += static_cast<double>(confusion[k][k]);
        if (classes[k].clips == 0) {
            continue;
        }
        metrics.precision_macro += classes[k].precision;
        metrics.recall_macro += classes[k].recall;
        metrics.f1_class_mean += classes[k].f1;
        counted += 1;
    }
    metrics.precision_macro = ratio(metrics.precision_macro, counted);
    metrics.recall_macro = ratio(metrics.recall_macro, counted);
    metrics.f1_class_mean = ratio(metrics.f1_class_mean, counted);
    metrics.accuracy = ratio(right, clips);
    // One label per clip: each error is one false positive and one false negative, so micro F1 is the accuracy.
    metrics.f1_micro = metrics.accuracy;
    metrics.f1_macro = harmonic_mean(metrics.precision_macro, metrics.recall_macro);
    return metrics;
}

double top3_accuracy_of(const std::vector<PredictedClip>& predictions)
{
    if (predictions.empty()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const auto near =
        std::count_if(predictions.begin(), predictions.end(), [](const PredictedClip& clip) { return clip.rank <= 3; });
    return static_cast<double>(near) / static_cast<double>(predictions.size());
}

}  // namespace attnsweep::configs
