#include "configs/metrics.h"

#include <algorithm>
#include <array>

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

/// Averages a per-class number over the classes with test clips; returns `of_none` if no class has any.
double class_mean(const std::vector<ClassMetrics>& classes, double ClassMetrics::* number, double of_none = 0)
{
    double sum = 0, counted = 0;
    for (const ClassMetrics& one : classes) {
        if (one.clips > 0) {
            sum += one.*number;
            counted += 1;
        }
    }
    return counted == 0 ? of_none : sum / counted;
}

double accuracy_of(const std::vector<ClassMetrics>& classes)
{
    double clips = 0, right = 0;
    for (const ClassMetrics& one : classes) {
        clips += static_cast<double>(one.clips);
        right += static_cast<double>(one.correct);
    }
    return ratio(right, clips);
}

double precision_macro_of(const std::vector<ClassMetrics>& classes)
{
    return class_mean(classes, &ClassMetrics::precision);
}

double recall_macro_of(const std::vector<ClassMetrics>& classes)
{
    return class_mean(classes, &ClassMetrics::recall);
}

double f1_macro_of(const std::vector<ClassMetrics>& classes)
{
    return harmonic_mean(precision_macro_of(classes), recall_macro_of(classes));
}

double f1_class_mean_of(const std::vector<ClassMetrics>& classes)
{
    return class_mean(classes, &ClassMetrics::f1);
}

double top3_accuracy_of(const std::vector<PredictedClip>& predictions)
{
    if (predictions.empty()) {
        return Metrics::unknown;
    }
    const auto near =
        std::count_if(predictions.begin(), predictions.end(), [](const PredictedClip& clip) { return clip.rank <= 3; });
    return static_cast<double>(near) / static_cast<double>(predictions.size());
}

/// As scikit-learn's balanced_accuracy_score. NaN without clips.
double balanced_accuracy_of(const std::vector<ClassMetrics>& classes)
{
    return class_mean(classes, &ClassMetrics::recall, Metrics::unknown);
}

/// As scikit-learn's cohen_kappa_score: (po - pe) / (1 - pe), numerator and denominator multiplied by clips^2 so that
/// counts stay integers. NaN without clips, and if all clips are of one class and are predicted as it.
double cohen_kappa_of(const std::vector<ClassMetrics>& classes)
{
    double clips = 0, right = 0, by_chance = 0;
    for (const ClassMetrics& one : classes) {
        clips += static_cast<double>(one.clips);
        right += static_cast<double>(one.correct);
        by_chance += static_cast<double>(one.clips) * static_cast<double>(one.predicted);
    }
    const double whole = clips * clips - by_chance;
    return whole == 0 ? Metrics::unknown : (clips * right - by_chance) / whole;
}

constexpr std::array definitions{
    Metric{.name = "accuracy",
           .title = "accuracy %",
           .in_words = "accuracy",
           .value = &Metrics::accuracy,
           .formula = accuracy_of,
           .is_percent = true,
           .in_paper = true,
           .in_table_two = true,
           .counted_rank = 1},
    Metric{.name = "precision_macro",
           .title = "P_macro",
           .in_words = "macro precision",
           .value = &Metrics::precision_macro,
           .formula = precision_macro_of,
           .in_paper = true,
           .in_table_two = true},
    Metric{.name = "recall_macro",
           .title = "R_macro",
           .in_words = "macro recall",
           .value = &Metrics::recall_macro,
           .formula = recall_macro_of,
           .in_paper = true,
           .in_table_two = true},
    Metric{.name = "f1_micro",
           .title = "F1_micro",
           .in_words = "micro F1",
           .value = &Metrics::f1_micro,
           // Single-label: each error is one false positive and one false negative, so micro F1 equals accuracy.
           .formula = accuracy_of,
           .in_paper = true,
           .in_table_two = true,
           .counted_rank = 1},
    Metric{.name = "f1_macro",
           .title = "F1_macro",
           .in_words = "macro F1",
           .value = &Metrics::f1_macro,
           .formula = f1_macro_of,
           .in_paper = true,
           .in_table_two = true},
    Metric{.name = "f1_class_mean",
           .title = "F1 classes",
           .in_words = "mean of the classes' F1",
           .value = &Metrics::f1_class_mean,
           .formula = f1_class_mean_of,
           .in_table_two = true},
    Metric{.name = "top3_accuracy",
           .title = "top-3 %",
           .in_words = "top-3 accuracy",
           .value = &Metrics::top3_accuracy,
           .formula = top3_accuracy_of,
           .is_percent = true,
           .in_table_two = true,
           .counted_rank = 3},
    Metric{.name = "balanced_accuracy",
           .title = "balanced %",
           .in_words = "balanced accuracy",
           .value = &Metrics::balanced_accuracy,
           .formula = balanced_accuracy_of,
           .is_percent = true},
    Metric{.name = "cohen_kappa",
           .title = "kappa",
           .in_words = "Cohen's kappa",
           .value = &Metrics::cohen_kappa,
           .formula = cohen_kappa_of}};
static_assert(sizeof(Metrics) == definitions.size() * sizeof(double), "a member of Metrics has no definition here");

}  // namespace

double Metric::of(const std::vector<ClassMetrics>& classes, const std::vector<PredictedClip>& predictions) const
{
    const auto* const from_predictions = std::get_if<1>(&formula);
    return from_predictions == nullptr ? std::get<0>(formula)(classes) : (*from_predictions)(predictions);
}

std::span<const Metric> all_metrics()
{
    return definitions;
}

Metrics metrics_of(const Confusion& confusion, const std::vector<PredictedClip>& predictions)
{
    Metrics values;
    const std::vector<ClassMetrics> classes = class_metrics_of(confusion);
    for (const Metric& metric : definitions) {
        values.*metric.value = metric.of(classes, predictions);
    }
    return values;
}

std::vector<ClassMetrics> class_metrics_of(const Confusion& confusion)
{
    const std::size_t classes = confusion.size();
    std::vector<ClassMetrics> metrics(classes);
    for (std::size_t row = 0; row < classes; ++row) {
        if (confusion[row].size() != classes) {
            throw Error("confusion matrix: row " + std::to_string(row) + " has " +
                        std::to_string(confusion[row].size()) + " columns; expected as many as rows, " +
                        std::to_string(classes));
        }
        for (std::size_t column = 0; column < classes; ++column) {
            constexpr std::int64_t most = 1'000'000'000'000;  // so that no sum overflows
            if (confusion[row][column] < 0 || confusion[row][column] > most) {
                throw Error("confusion matrix: row " + std::to_string(row) + " holds " +
                            std::to_string(confusion[row][column]) + " clips; expected 0 to " + std::to_string(most));
            }
            metrics[row].clips += confusion[row][column];
            metrics[column].predicted += confusion[row][column];
        }
    }
    for (std::size_t k = 0; k < classes; ++k) {
        metrics[k].correct = confusion[k][k];
        const auto hits = static_cast<double>(metrics[k].correct);
        metrics[k].precision = ratio(hits, static_cast<double>(metrics[k].predicted));
        metrics[k].recall = ratio(hits, static_cast<double>(metrics[k].clips));
        metrics[k].f1 = harmonic_mean(metrics[k].precision, metrics[k].recall);
    }
    return metrics;
}

}  // namespace attnsweep::configs
