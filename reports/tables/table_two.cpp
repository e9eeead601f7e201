#include "reports/tables/table_two.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "configs/metrics.h"
#include "configs/names.h"
#include "configs/nearest_name.h"
#include "reports/analysis/statistics.h"
#include "reports/analysis/varied_settings.h"
#include "reports/tables/anchors.h"
#include "reports/tables/table_notes.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

namespace {

/// Returns the metrics of the text, Markdown and LaTeX table.
std::vector<configs::Metric> shown_metrics()
{
    std::vector<configs::Metric> shown;
    for (const configs::Metric& metric : configs::all_metrics()) {
        if (metric.in_table_two) {
            shown.push_back(metric);
        }
    }
    return shown;
}

/// Returns all metrics, and f1_class_mean a second time under its previous name, for one release.
std::vector<configs::Metric> csv_metrics()
{
    const std::span<const configs::Metric> all = configs::all_metrics();
    std::vector<configs::Metric> metrics(all.begin(), all.end());
    configs::Metric f1_classes = *std::find_if(all.begin(), all.end(), [](const configs::Metric& metric) {
        return metric.value == &configs::Metrics::f1_class_mean;
    });
    f1_classes.name = "f1_classes";
    metrics.push_back(f1_classes);
    return metrics;
}

/// 0.8494 -> "84.94" or ".8494": four digits either way, as the paper writes them.
std::string short_number(double value, bool is_percent)
{
    std::string text = is_percent ? fmt::format("{:.2f}", 100 * value) : fmt::format("{:.4f}", value);
    if (!is_percent && text.starts_with("0.")) {
        text.erase(0, 1);
    }
    return text;
}

std::string signed_number(double value, bool is_percent)
{
    const std::string text = short_number(std::abs(value), is_percent);
    const bool is_zero = text.find_first_not_of(".0") == std::string::npos;
    return (value < 0 && !is_zero ? "-" : "+") + text;
}

std::string mean_and_deviation(const Summary& summary, bool is_percent, const char* plus_minus)
{
    if (summary.n == 0) {
        return not_known;
    }
    std::string text = short_number(summary.mean, is_percent);
    if (summary.standard_deviation) {
        text += plus_minus + short_number(*summary.standard_deviation, is_percent);
    }
    return text;
}

std::optional<configs::Metrics> paper_metrics_of(const SweepSummary& results, const ConfigurationSummary& configuration)
{
    if (!results.beside_paper) {
        return std::nullopt;
    }
    const configs::TrialSpec& spec = configuration.spec();
    const std::optional<store::PaperRow> row = store::paper_row(spec.data.spectrogram, spec.model.attention_ratio);
    return row ? std::optional(store::metrics_of(*row)) : std::nullopt;
}

std::string table_two_title(const SweepSummary& results)
{
    return fmt::format("{}est metrics of sweep {}, revision {}: mean and standard deviation over the repeats",
                       results.beside_paper ? "Table II. T" : "T", results.sweep.name, results.sweep.revision);
}

/// "" while no configuration has two repeats done.
std::string intervals_note(const SweepSummary& results)
{
    std::vector<std::string> intervals;
    for (const ConfigurationSummary& configuration : results.configurations) {
        const Summary& accuracy = configuration.metrics[&configs::Metrics::accuracy];
        if (accuracy.interval) {
            intervals.push_back(fmt::format("{} {:.2f} to {:.2f}", configuration.name, 100 * accuracy.interval->low,
                                            100 * accuracy.interval->high));
        }
    }
    return intervals.empty() ? ""
                             : "95 % t-interval of the mean accuracy, %: " + configs::joined(intervals, "; ") + ".";
}

/// How the line with the paper's values is written: "95.09 -5.09" or "95.09 (-5.09)".
struct ReferenceStyle {
    const char *label, *before, *after;
};
constexpr ReferenceStyle narrow{"  paper, +-", " ", ""};  // a line of a terminal holds no more
constexpr std::size_t most_in_footnote = 12;              // in a footnote
constexpr ReferenceStyle spelled_out{"paper (difference)", " (", ")"};

constexpr const char* baseline_label = "baseline";

/// The row of what always predicting the most frequent class would give.
void add_baseline_row(Table& table, const SweepSummary& results, const std::vector<configs::Metric>& metrics)
{
    if (!results.baseline) {
        return;
    }
    std::vector<Cell> row{text_cell(baseline_label), number_cell("")};
    for (const configs::Metric& metric : metrics) {
        const double value = results.baseline->metrics.*metric.value;
        row.push_back(number_cell(std::isfinite(value) ? short_number(value, metric.is_percent) : not_known));
    }
    table.baseline = table.rows.size();
    table.rules_before.push_back(table.rows.size());
    table.rows.push_back(std::move(row));
}

/// Rows for people. `marks`: footnote signs by configuration.
void add_text_rows(Table& table, const SweepSummary& results, const std::vector<std::string>& marks,
                   const ReferenceStyle& style)
{
    const std::vector<configs::Metric> metrics = shown_metrics();
    table.columns = {{"model", false}, {"n", true}};
    for (const configs::Metric& metric : metrics) {
        table.columns.push_back({metric.title, true});
    }
    for (std::size_t i = 0; i < results.configurations.size(); ++i) {
        const ConfigurationSummary& configuration = results.configurations[i];
        const MetricSummaries& summaries = configuration.metrics;
        const Completeness& counts = configuration.counts;
        const std::optional<configs::Metrics> paper = paper_metrics_of(results, configuration);
        const std::string trials = configuration_anchor(i);
        std::vector<Cell> row{{configuration.name + marks[i], false, trials},
                              {fmt::format("{}/{}", counts.done, counts.repeats), true, trials}};
        std::vector<Cell> reference{text_cell(style.label), number_cell("")};
        for (const configs::Metric& metric : metrics) {
            const Summary& summary = summaries[metric.value];
            row.push_back({mean_and_deviation(summary, metric.is_percent, "±"), true, summary.n > 0 ? trials : ""});
            std::string beside;
            if (paper && metric.in_paper) {
                const double value = (*paper).*metric.value;
                beside = short_number(value, metric.is_percent);
                if (summary.n > 0) {
                    beside += style.before + signed_number(summary.mean - value, metric.is_percent) + style.after;
                }
            }
            reference.push_back(number_cell(beside));
        }
        if (i > 0 && configuration.spec().data.spectrogram != results.configurations[i - 1].spec().data.spectrogram) {
            table.rules_before.push_back(table.rows.size());
        }
        table.rows.push_back(row);
        if (paper) {
            table.references.push_back(table.rows.size());
            table.rows.push_back(reference);
        }
    }
    add_baseline_row(table, results, metrics);
}

void add_markdown_rows(Table& table, const SweepSummary& results, const std::vector<std::string>& marks)
{
    const std::vector<configs::Metric> metrics = shown_metrics();
    table.columns = {{"model", false}, {"n", true}};
    for (const configs::Metric& metric : metrics) {
        table.columns.push_back({metric.title, true});
    }
    for (std::size_t i = 0; i < results.configurations.size(); ++i) {
        const ConfigurationSummary& configuration = results.configurations[i];
        const MetricSummaries& summaries = configuration.metrics;
        const Completeness& counts = configuration.counts;
        const std::optional<configs::Metrics> paper = paper_metrics_of(results, configuration);
        std::vector<Cell> row{text_cell(configuration.name + marks[i]),
                              number_cell(fmt::format("{} of {}", counts.done, counts.repeats))};
        for (const configs::Metric& metric : metrics) {
            const Summary& summary = summaries[metric.value];
            std::string text = mean_and_deviation(summary, metric.is_percent, " ± ");
            if (paper && metric.in_paper) {
                const double value = (*paper).*metric.value;
                text += "<br>(" + short_number(value, metric.is_percent);
                if (summary.n > 0) {
                    text += ", " + signed_number(summary.mean - value, metric.is_percent);
                }
                text += ")";
            }
            row.push_back(number_cell(text));
        }
        table.rows.push_back(row);
    }
    add_baseline_row(table, results, metrics);
}

void add_csv_rows(Table& table, const SweepSummary& results)
{
    const std::vector<configs::Metric> metrics = csv_metrics();
    table.columns = {{"sweep"},   {"revision"}, {"configuration"}, {"spectrogram"}, {"attention_ratio"}, {"weights"},
                     {"repeats"}, {"done"},     {"running"},       {"failed"},      {"missing"}};
    VariedSettings varied;
    for (const ConfigurationSummary& configuration : results.configurations) {
        varied.add(configuration.spec());
    }
    const std::vector<std::string> axes = varied.keys();
    for (const std::string& key : axes) {
        table.columns.push_back({key});
    }
    for (const configs::Metric& metric : metrics) {
        const std::string name = metric.name;
        table.columns.push_back({name + "_mean"});
        table.columns.push_back({name + "_sd"});
        table.columns.push_back({name + "_low"});
        table.columns.push_back({name + "_high"});
        if (metric.in_paper && results.beside_paper) {
            table.columns.push_back({name + "_paper"});
            table.columns.push_back({name + "_difference"});
        }
    }
    for (const char* title :
         {"split", "sample_rate_hz", "hop_samples", "n_fft", "octaves", "bins_per_octave", "fmin_hz", "scale",
          "normalisation", "classes", "clips", "validation_loss_mean", "validation_loss_sd", "validation_accuracy_mean",
          "validation_accuracy_sd", "baseline_accuracy", "baseline_class", "cautions"}) {
        table.columns.push_back({title});
    }
    const auto number = [](auto value) { return number_cell(fmt::format("{}", value)); };
    const auto rounded = [](double value) { return number_cell(fmt::format("{:.10g}", value)); };
    const configs::Geometry& geometry = results.data.geometry;
    for (const ConfigurationSummary& configuration : results.configurations) {
        const configs::TrialSpec& spec = configuration.spec();
        const MetricSummaries& summaries = configuration.metrics;
        const Completeness& counts = configuration.counts;
        const std::optional<configs::Metrics> paper = paper_metrics_of(results, configuration);
        std::vector<Cell> row{text_cell(results.sweep.name),
                              number(results.sweep.revision),
                              text_cell(configuration.name),
                              text_cell(to_string(spec.data.spectrogram)),
                              number(spec.model.attention_ratio),
                              text_cell(to_string(results.weights)),
                              number(counts.repeats),
                              number(counts.done),
                              number(counts.running),
                              number(counts.failed),
                              number(counts.missing())};
        const std::map<std::string, std::string> settings = setting_texts(spec);
        for (const std::string& key : axes) {
            row.push_back(text_cell(settings.at(key)));
        }
        for (const configs::Metric& metric : metrics) {
            const Summary& summary = summaries[metric.value];
            row.push_back(summary.n > 0 ? rounded(summary.mean) : number_cell(""));
            row.push_back(summary.standard_deviation ? rounded(*summary.standard_deviation) : number_cell(""));
            row.push_back(summary.interval ? rounded(summary.interval->low) : number_cell(""));
            row.push_back(summary.interval ? rounded(summary.interval->high) : number_cell(""));
            if (metric.in_paper && results.beside_paper) {
                row.push_back(paper ? rounded((*paper).*metric.value) : number_cell(""));
                row.push_back(paper && summary.n > 0 ? rounded(summary.mean - (*paper).*metric.value)
                                                     : number_cell(""));
            }
        }
        row.push_back(text_cell(to_string(spec.data.split)));
        row.push_back(number(geometry.sample_rate_hz));
        row.push_back(number(geometry.hop_samples));
        row.push_back(number(geometry.n_fft));
        row.push_back(number(geometry.octaves));
        row.push_back(number(geometry.bins_per_octave));
        row.push_back(number(geometry.fmin_hz));
        row.push_back(text_cell(to_string(spec.data.scale)));
        row.push_back(text_cell(to_string(spec.data.normalisation)));
        row.push_back(number(results.data.classes.size()));
        row.push_back(number(results.data.clips));
        for (const Summary& summary : {configuration.validation_loss, configuration.validation_accuracy}) {
            row.push_back(summary.n > 0 ? rounded(summary.mean) : number_cell(""));
            row.push_back(summary.standard_deviation ? rounded(*summary.standard_deviation) : number_cell(""));
        }
        row.push_back(results.baseline ? rounded(results.baseline->metrics.accuracy) : number_cell(""));
        row.push_back(text_cell(results.baseline ? results.baseline->class_name : ""));
        row.push_back(text_cell(configs::joined(configuration.cautions, "; ")));
        table.rows.push_back(row);
    }
}

/// The sign beside each configuration's name, "" where it has no cautions, and what the signs stand for. Configurations
/// with the same cautions share a sign.
std::pair<std::vector<std::string>, std::vector<std::string>> marks_and_footnotes(const SweepSummary& results)
{
    std::vector<std::string> marks, footnotes;
    std::vector<std::pair<std::string, std::vector<std::string>>> noted;  // cautions, and whose they are
    for (const ConfigurationSummary& configuration : results.configurations) {
        const std::string words = configs::joined(configuration.cautions, "; ");
        if (words.empty()) {
            marks.emplace_back();
            continue;
        }
        auto found = std::find_if(noted.begin(), noted.end(), [&](const auto& note) { return note.first == words; });
        if (found == noted.end()) {
            found = noted.insert(noted.end(), {words, {}});
        }
        found->second.push_back(configuration.name);
        marks.push_back(superscript(static_cast<std::size_t>(found - noted.begin()) + 1));
    }
    for (const auto& [words, names] : noted) {
        footnotes.push_back(superscript(footnotes.size() + 1) + " " + configs::first_joined(names, most_in_footnote) +
                            ": " + words + ".");
    }
    return {marks, footnotes};
}

Table table_in(const SweepSummary& results, Format format, const ReferenceStyle& style)
{
    Table table;
    table.title = table_two_title(results);
    const bool is_for_people = format != Format::csv && format != Format::json;
    const auto [marks, footnotes] = marks_and_footnotes(results);
    if (!is_for_people) {
        add_csv_rows(table, results);
    } else if (format == Format::markdown) {
        add_markdown_rows(table, results, marks);
    } else {
        add_text_rows(table, results, marks, style);
    }
    table.notes = footnotes;
    table.key_notes.push_back(table.notes.size());
    table.notes.push_back(completeness_note(results));
    for (const std::string& suspicious : results.suspicious) {
        table.notes.push_back(suspicious);  // which the page says at its head
    }
    if (is_for_people && results.baseline) {
        table.notes.push_back(std::string(baseline_label) + ": always predicting " + results.baseline->class_name +
                              ", the most frequent class of the test clips.");
    }
    if (const std::string intervals = intervals_note(results); !intervals.empty()) {
        table.notes.push_back(intervals);
    }
    if (is_for_people) {
        table.key_notes.push_back(table.notes.size());
    }
    if (is_for_people && !results.beside_paper) {
        table.notes.emplace_back("n: repeats done / planned.");
    } else if (format == Format::markdown) {
        table.notes.emplace_back(
            "In brackets: the paper's value (mean of 3) and the difference to it. n: repeats done of those planned.");
    } else if (is_for_people) {
        table.notes.emplace_back(
            "Second line: the paper's value (mean of 3) and the difference to it. n: repeats done / planned.");
    }
    const std::string settings = settings_note(results);
    if (!settings.empty()) {
        table.notes.push_back(settings);
    }
    for (const std::string& note : data_notes(results)) {
        if (note.starts_with("Split: ")) {
            table.key_notes.push_back(table.notes.size());
        }
        table.notes.push_back(note);
    }
    for (const std::string& note : metric_notes(results)) {
        table.notes.push_back(note);
    }
    return table;
}

}  // namespace

Table table_two(const SweepSummary& results, Format format)
{
    return table_in(results, format, narrow);
}

Table table_two_for_page(const SweepSummary& results)
{
    return table_in(results, Format::text, spelled_out);
}

}  // namespace attnsweep::reports
