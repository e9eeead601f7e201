#include "configs/error.h"
#include "configs/trial_result.h"

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

Metrics metrics_of(const Confusion& confusion)
{
    const std::size_t classes = confusion.size();
    std::vector<double> predicted(classes, 0), present(classes, 0);
    double clips = 0, right = 0;
    for (std::size_t row = 0; row < classes; ++row) {
        if (confusion[row].size() != classes) {
            throw Error("confusion matrix: row " + std::to_string(row) + " has " +
                        std::to_string(confusion[row].size()) + " columns; expected as many as rows, " +
                        std::to_string(classes));
        }
        for (std::size_t column = 0; column < classes; ++column) {
            const auto count = static_cast<double>(confusion[row][column]);
            present[row] += count;
            predicted[column] += count;
            clips += count;
        }
        right += static_cast<double>(confusion[row][row]);
    }

    Metrics metrics;
    double counted = 0;
    for (std::size_t k = 0; k < classes; ++k) {
        if (present[k] == 0) {
            continue;
        }
        const auto hits = static_cast<double>(confusion[k][k]);
        const double precision = ratio(hits, predicted[k]);
        const double recall = hits / present[k];
        metrics.precision_macro += precision;
        metrics.recall_macro += recall;
        metrics.f1_class_mean += harmonic_mean(precision, recall);
        counted += 1;
    }
    metrics.precision_macro = ratio(metrics.precision_macro, counted);
    metrics.recall_macro = ratio(metrics.recall_macro, counted);
    metrics.f1_class_mean = ratio(metrics.f1_class_mean, counted);
    metrics.accuracy = ratio(right, clips);
    // One label a clip: each error is one false positive and one false negative, so micro F1 is the accuracy.
    metrics.f1_micro = metrics.accuracy;
    metrics.f1_macro = harmonic_mean(metrics.precision_macro, metrics.recall_macro);
    return metrics;
}

}  // namespace attnsweep::configs
