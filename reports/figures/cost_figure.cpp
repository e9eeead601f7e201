#include "reports/figures/cost_figure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "reports/analysis/ratio_series.h"
#include "reports/figures/gnuplot.h"
#include "reports/tables/cost_table.h"

namespace attnsweep::reports {

namespace {

/// "set xrange ..., set xtics ...": some room around the values, and no more than six tics, or their numbers would touch.
std::string axis_commands(const std::vector<double>& values)
{
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    const double spread = std::max(*highest - *lowest, 0.02 * std::abs(*highest) + 1e-9);
    const double low = std::max(0.0, *lowest - 0.08 * spread), high = *highest + 0.16 * spread;
    const double power = std::pow(10, std::floor(std::log10((high - low) / 5)));
    double step = 10 * power;
    for (const double factor : {1.0, 2.0, 5.0}) {
        if ((high - low) / (factor * power) <= 5) {
            step = factor * power;
            break;
        }
    }
    return fmt::format("set xrange [{:.6g}:{:.6g}]\nset xtics {:.6g}\n", low, high, step);
}

}  // namespace

std::vector<std::filesystem::path> draw_cost(const std::vector<ConfigurationCost>& costs,
                                             const std::filesystem::path& path_without_extension)
{
    struct Panel {
        const char* label;
        double unit;
        std::optional<double> ConfigurationCost::* value;
    };
    double longest_s = 0;
    std::vector<double> accuracies;
    std::set<configs::Spectrogram> inputs;
    const bool varies_ratio = std::any_of(costs.begin(), costs.end(), [&](const ConfigurationCost& cost) {
        return cost.attention_ratio != costs.front().attention_ratio;
    });
    for (const ConfigurationCost& cost : costs) {
        if (cost.accuracy) {
            accuracies.push_back(*cost.accuracy);
            longest_s = std::max(longest_s, cost.duration_s.value_or(0));
            inputs.insert(cost.spectrogram);
        }
    }
    if (accuracies.empty()) {
        return {};
    }
    const bool in_hours = longest_s >= 7200, in_minutes = longest_s >= 120;
    const std::array<Panel, 3> panels{{{in_hours     ? "training (h)"
                                        : in_minutes ? "training (min)"
                                                     : "training (s)",
                                        in_hours     ? 3600.0
                                        : in_minutes ? 60.0
                                                     : 1.0,
                                        &ConfigurationCost::duration_s},
                                       {"peak memory (GB)", 1e9, &ConfigurationCost::peak_memory_bytes},
                                       {"parameters (millions)", 1e6, &ConfigurationCost::parameters}}};
    const PercentRange range = percent_range(accuracies);
    Drawing drawing;
    drawing.width_px = 1000;
    drawing.height_px = 400;
    drawing.commands =
        fmt::format("set multiplot\nset border 3 lc rgb '#444444'\nset tics nomirror out scale 0.6\nset grid lc rgb "
                    "'#e4e4e4' lw 1 lt 1\nset yrange [{}:{}]\nset tmargin at screen 0.9\nset bmargin at screen 0.17\n"
                    "set key at screen 0.5,0.96 center center horizontal Left reverse maxrows 1 samplen 1.5 width 2\n",
                    range.low, range.high);
    for (std::size_t p = 0; p < panels.size(); ++p) {
        const double left = 0.085 + 0.31 * static_cast<double>(p);
        drawing.commands += fmt::format("set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset xlabel '{}' "
                                        "offset 0,0.3\n{}",
                                        left, left + 0.275, panels.at(p).label,
                                        p == 0 ? "set ylabel 'test accuracy (%)' offset 0,0\nset format y '%g'\n"
                                               : "unset ylabel\nset format y ''\nunset key\n");
        std::vector<double> values;
        for (const ConfigurationCost& cost : costs) {
            if (cost.accuracy && cost.*panels.at(p).value) {
                values.push_back(*(cost.*panels.at(p).value) / panels.at(p).unit);
            }
        }
        if (values.empty()) {
            continue;
        }
        drawing.commands += axis_commands(values);
        std::string plots;
        std::size_t place = 0;
        for (const configs::Spectrogram input : inputs) {
            std::vector<std::vector<double>> rows;
            for (const ConfigurationCost& cost : costs) {
                const std::optional<double>& value = cost.*panels.at(p).value;
                if (cost.spectrogram == input && cost.accuracy && value) {
                    rows.push_back({*value / panels.at(p).unit, 100 * *cost.accuracy, 100 * cost.attention_ratio});
                }
            }
            const std::string name = fmt::format("cost{}_{}", p, place);
            if (!rows.empty()) {
                drawing.commands += data_block(name, rows);
                plots += fmt::format("{}${} using 1:2 with points pt {} ps 1 lc rgb {} title '{}'",
                                     plots.empty() ? "plot " : ", ", name, place % 2 == 0 ? 7 : 5, colour(place),
                                     upper_case(to_string(input)));
                plots += varies_ratio
                             ? fmt::format(", ${} using 1:2:(sprintf('%g',$3)) with labels left offset 0.7,0.3 font "
                                           "',10' tc rgb {} notitle",
                                           name, colour(place))
                             : std::string();
            }
            ++place;
        }
        if (!plots.empty()) {
            drawing.commands += plots + "\n";
        }
    }
    drawing.commands += "unset multiplot\n";
    return draw(drawing, path_without_extension);
}

}  // namespace attnsweep::reports
