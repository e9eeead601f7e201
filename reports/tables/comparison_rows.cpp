#include "reports/tables/comparison_rows.h"

#include <fmt/format.h>

#include "reports/tables/verdict_table.h"

namespace attnsweep::reports {

Table comparison_rows(const Comparison& comparison)
{
    Table table;
    for (const char* title : {"configuration_a",
                              "configuration_b",
                              "metric",
                              "asked",
                              "n_a",
                              "mean_a",
                              "sd_a",
                              "n_b",
                              "mean_b",
                              "sd_b",
                              "pairs",
                              "difference",
                              "difference_sd",
                              "difference_low",
                              "difference_high",
                              "p",
                              "p_holm",
                              "clips",
                              "recordings",
                              "clips_difference",
                              "clips_low",
                              "clips_high",
                              "different",
                              "verdict",
                              "verdict_in_short",
                              "stopped_by",
                              "corrected_low",
                              "corrected_high",
                              "repeats_for_difference",
                              "repeats_for_effect"}) {
        table.columns.push_back({title, true});
    }
    const auto number = [](std::optional<double> value) { return number_cell(value ? fmt::format("{}", *value) : ""); };
    const auto low = [](const std::optional<Interval>& i) { return i ? std::optional(i->low) : std::nullopt; };
    const auto high = [](const std::optional<Interval>& i) { return i ? std::optional(i->high) : std::nullopt; };
    const auto count = [](int value) { return number_cell(std::to_string(value)); };
    const auto needed = [&](const MetricComparison& metric, double effect) {
        const int repeats = metric.asked ? repeats_needed(metric.conclusion.difference, effect, comparison.asked) : 0;
        return number_cell(repeats == 0 ? "" : std::to_string(repeats));
    };
    for (const ConfigurationComparison& one : comparison.configurations) {
        for (const MetricComparison& metric : one.metrics) {
            const Conclusion& conclusion = metric.conclusion;
            const auto mean = [](const Summary& s) { return s.n > 0 ? std::optional(s.mean) : std::nullopt; };
            table.rows.push_back({text_cell(one.name_a),
                                  text_cell(one.name_b),
                                  text_cell(metric.name),
                                  count(metric.asked ? 1 : 0),
                                  count(metric.a.n),
                                  number(mean(metric.a)),
                                  number(metric.a.standard_deviation),
                                  count(metric.b.n),
                                  number(mean(metric.b)),
                                  number(metric.b.standard_deviation),
                                  count(conclusion.difference.n),
                                  number(mean(conclusion.difference)),
                                  number(conclusion.difference.standard_deviation),
                                  number(low(conclusion.difference.interval)),
                                  number(high(conclusion.difference.interval)),
                                  number(conclusion.p),
                                  number(conclusion.p_holm),
                                  count(one.clips),
                                  count(one.recordings),
                                  number(conclusion.clips_mean),
                                  number(low(conclusion.clips)),
                                  number(high(conclusion.clips)),
                                  count(metric.asked && conclusion.different() ? 1 : 0),
                                  text_cell(one.verdict),
                                  text_cell(metric.asked ? verdict_in_short(one, metric) : ""),
                                  text_cell(metric.asked ? to_string(conclusion.stopped_by) : ""),
                                  number(low(conclusion.corrected)),
                                  number(high(conclusion.corrected)),
                                  needed(metric, conclusion.difference.mean),
                                  needed(metric, comparison.effect)});
        }
    }
    return table;
}

}  // namespace attnsweep::reports
