#include "reports/tables/validation_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "reports/analysis/varied_settings.h"
#include "reports/tables/anchors.h"
#include "reports/tables/ranking_output.h"

namespace attnsweep::reports {

namespace {

const std::string& value_at(const Axis& axis, std::size_t place)
{
    static const std::string none;
    for (const AxisValue& value : axis.values) {
        if (std::binary_search(value.configurations.begin(), value.configurations.end(), place)) {
            return value.text;
        }
    }
    return none;
}

/// How many of the axes fit beside the other columns.
std::size_t axes_that_fit(const SweepSummary& summary, const std::vector<Axis>& axes, std::size_t width)
{
    if (width == 0) {
        return axes.size();
    }
    std::size_t used = 2 + 5 + 2 + 13 + 2 + 12 + 2 + 12;  // n, and the three results with what separates them
    std::size_t longest = 5;
    for (const ConfigurationSummary& configuration : summary.configurations) {
        longest = std::max(longest, configs::display_width(configs::printable(configuration.name)));
    }
    used += longest;
    std::size_t fit = 0;
    for (const Axis& axis : axes) {
        std::size_t column = axis.title.size();
        for (const AxisValue& value : axis.values) {
            column = std::max(column, configs::display_width(configs::printable(value.text)));
        }
        used += 2 + column;
        if (used > width) {
            break;
        }
        ++fit;
    }
    return fit;
}

void add_columns_for_programs(Table& table, std::vector<Cell>* row, const ConfigurationSummary* one)
{
    const std::pair<const char*, Summary> results[] = {
        {"validation_loss", one == nullptr ? Summary{} : one->validation_loss},
        {"validation_accuracy", one == nullptr ? Summary{} : one->validation_accuracy},
        {"accuracy", one == nullptr ? Summary{} : one->metrics[&configs::Metrics::accuracy]}};
    for (const auto& [name, summary] : results) {
        if (row == nullptr) {
            table.columns.push_back({std::string(name) + "_mean"});
            table.columns.push_back({std::string(name) + "_sd"});
            continue;
        }
        row->push_back(number_cell(summary.n > 0 ? fmt::format("{:.10g}", summary.mean) : ""));
        row->push_back(
            number_cell(summary.standard_deviation ? fmt::format("{:.10g}", *summary.standard_deviation) : ""));
    }
}

}  // namespace

Table validation_table(const SweepSummary& summary, const std::vector<Axis>& axes, bool for_people, std::size_t width)
{
    Table table;
    table.title = fmt::format("Settings and validation results of sweep {}, revision {}", summary.sweep.name,
                              summary.sweep.revision);
    const std::size_t shown = axes_that_fit(summary, axes, width);
    table.columns = {{for_people ? "model" : "configuration", false}};
    for (std::size_t i = 0; i < shown; ++i) {
        table.columns.push_back({for_people ? axes[i].title : axes[i].key});
    }
    table.columns.push_back({for_people ? "n" : "done"});
    if (for_people) {
        table.columns.insert(table.columns.end(), {{"val. loss"}, {"val. acc. %"}, {"test acc. %"}});
    } else {
        add_columns_for_programs(table, nullptr, nullptr);
    }
    for (std::size_t place = 0; place < summary.configurations.size(); ++place) {
        const ConfigurationSummary& one = summary.configurations[place];
        const std::string link = configuration_anchor(place);
        std::vector<Cell> row{{one.name, false, link}};
        for (std::size_t i = 0; i < shown; ++i) {
            // A setting may be a word.
            row.push_back(axes[i].is_numeric ? number_cell(value_at(axes[i], place))
                                             : text_cell(value_at(axes[i], place)));
        }
        row.push_back(number_cell(for_people ? fmt::format("{}/{}", one.counts.done, one.counts.repeats)
                                             : fmt::format("{}", one.counts.done)));
        if (for_people) {
            row.push_back({mean_and_deviation(one.validation_loss, true), true, link});
            row.push_back({mean_and_deviation(one.validation_accuracy, false), true, link});
            row.push_back({mean_and_deviation(one.metrics[&configs::Metrics::accuracy], false), true, link});
        } else {
            add_columns_for_programs(table, &row, &one);
        }
        table.rows.push_back(std::move(row));
    }
    if (!for_people) {
        return table;
    }
    const std::string best =
        best_in_words(summary, [&](std::size_t place) { return summary.configurations[place].name; });
    if (!best.empty()) {
        table.notes.push_back(best);
    }
    table.notes.push_back(fmt::format(
        "val.: validation. Means over the repeats done, with the {} weights: choose by validation, read the "
        "test result once. `attnsweep best` says what the repeats separate.",
        to_string(summary.weights)));
    if (shown < axes.size()) {
        std::vector<std::string> left;
        for (std::size_t i = shown; i < axes.size(); ++i) {
            left.push_back(axes[i].key);
        }
        table.notes.push_back("Not shown, for want of room (--format csv has all): " + configs::joined(left) + ".");
    }
    return table;
}

}  // namespace attnsweep::reports
