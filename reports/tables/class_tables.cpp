#include "reports/tables/class_tables.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reports/tables/anchors.h"

namespace attnsweep::reports {

Table mistakes_table(const SweepSummary& summary, const std::vector<std::string>& classes, const RatioSeries& series,
                     const std::vector<ConfigurationConfusion>& confusions)
{
    constexpr std::size_t shown = 12;
    Table table;
    table.title = series.title + ": most frequent mistakes, % of the true class's test clips";
    table.columns = {{"true class", false}, {"taken for", false}, {"clips"}};
    std::vector<const ConfigurationConfusion*> columns;
    configs::Confusion sum(classes.size(), std::vector<std::int64_t>(classes.size(), 0));
    for (const auto& [ratio, configurations] : series.configurations) {
        for (const ConfigurationConfusion& confusion : confusions) {
            if (std::find(configurations.begin(), configurations.end(), confusion.configuration) ==
                configurations.end()) {
                continue;
            }
            columns.push_back(&confusion);
            table.columns.push_back({configurations.size() == 1
                                         ? fmt::format("{:g} %", 100 * ratio)
                                         : summary.configurations[confusion.configuration].name});
            for (std::size_t i = 0; i < classes.size(); ++i) {
                for (std::size_t j = 0; j < classes.size(); ++j) {
                    sum[i][j] += confusion.counts[i][j];
                }
            }
        }
    }
    for (const Mistake& mistake : mistakes(sum, shown)) {
        std::vector<Cell> row{text_cell(classes[mistake.truth]), text_cell(classes[mistake.taken_for]),
                              number_cell(std::to_string(mistake.clips))};
        for (const ConfigurationConfusion* column : columns) {
            const std::int64_t clips = configs::class_metrics_of(column->counts)[mistake.truth].clips;
            const auto wrong = static_cast<double>(column->counts[mistake.truth][mistake.taken_for]);
            row.push_back({clips == 0 ? not_known : fmt::format("{:.1f}", 100 * wrong / static_cast<double>(clips)),
                           true, configuration_anchor(column->configuration)});
        }
        table.rows.push_back(row);
    }
    table.notes.emplace_back(
        "Columns in %: attention ratios. Clips: over all ratios and done repeats; a clip counts once per repeat.");
    return table;
}

Table classes_table(const SweepSummary& summary, const std::vector<std::string>& classes,
                    const std::vector<ConfigurationConfusion>& confusions, bool for_people)
{
    constexpr std::size_t shown = 12;
    Table table;
    table.title = "F1 of each class, over the repeats done";
    const auto name_of = [&](const ConfigurationConfusion& confusion) {
        return summary.configurations[confusion.configuration].name;
    };
    if (!for_people) {
        table.columns = {{"configuration"}, {"repeats"}, {"class"}, {"clips"}, {"precision"}, {"recall"}, {"f1"}};
        for (const ConfigurationConfusion& confusion : confusions) {
            const std::vector<configs::ClassMetrics> numbers = configs::class_metrics_of(confusion.counts);
            for (std::size_t i = 0; i < classes.size(); ++i) {
                const auto number = [](auto value) {
                    return number_cell(fmt::format("{:.10g}", static_cast<double>(value)));
                };
                table.rows.push_back({text_cell(name_of(confusion)), number(confusion.repeats), text_cell(classes[i]),
                                      number(numbers[i].clips), number(numbers[i].precision), number(numbers[i].recall),
                                      number(numbers[i].f1)});
            }
        }
        return table;
    }
    table.columns = {{"class", false}};
    std::vector<std::vector<configs::ClassMetrics>> columns;
    for (std::size_t c = 0; c < std::min(confusions.size(), shown); ++c) {
        table.columns.push_back({name_of(confusions[c])});
        columns.push_back(configs::class_metrics_of(confusions[c].counts));
    }
    for (std::size_t i = 0; i < classes.size() && !columns.empty(); ++i) {
        std::vector<Cell> row{text_cell(classes[i])};
        for (std::size_t c = 0; c < columns.size(); ++c) {
            row.push_back({columns[c][i].clips == 0 ? not_known : fmt::format("{:.3f}", columns[c][i].f1), true,
                           configuration_anchor(confusions[c].configuration)});
        }
        table.rows.push_back(row);
    }
    table.notes.emplace_back(
        "From the confusion matrices summed over the repeats. With precision and recall: classes.csv.");
    if (confusions.size() > shown) {
        table.notes.push_back(
            fmt::format("The first {} of {} models; the others: classes.csv.", shown, confusions.size()));
    }
    return table;
}

Table change_table(const std::vector<std::string>& classes, const ClassChange& change, bool for_people)
{
    Table table;
    table.title = change.title + ": each class without attention and with 25 %, over the repeats done";
    table.columns = {{"class", false}};
    for (const char* metric : {"recall", "precision", "F1"}) {
        const std::string name = metric;
        const std::string unit = for_people && name != "F1" ? " %" : "";
        for (const char* what : {" at 0", " at 25", " change"}) {
            table.columns.push_back({name + unit + what});
        }
    }
    for (std::size_t i = 0; i < classes.size(); ++i) {
        std::vector<Cell> row{text_cell(classes[i])};
        const auto add = [&](double before, double after, bool in_percent) {
            const double difference = after - before;
            const auto words = [&](double value, bool is_signed) {
                if (!for_people) {
                    return fmt::format("{:.10g}", value);
                }
                const double shown =
                    in_percent ? std::round(1000 * value) / 10 + 0.0 : std::round(1000 * value) / 1000 + 0.0;
                if (in_percent) {
                    return is_signed ? fmt::format("{:+.1f}", shown) : fmt::format("{:.1f}", shown);
                }
                return is_signed ? fmt::format("{:+.3f}", shown) : fmt::format("{:.3f}", shown);
            };
            row.push_back({words(before, false), true, configuration_anchor(change.without)});
            row.push_back({words(after, false), true, configuration_anchor(change.with)});
            row.push_back(number_cell(words(difference, true)));
        };
        add(change.before[i].recall, change.after[i].recall, true);
        add(change.before[i].precision, change.after[i].precision, true);
        add(change.before[i].f1, change.after[i].f1, false);
        table.rows.push_back(row);
    }
    return table;
}

}  // namespace attnsweep::reports
