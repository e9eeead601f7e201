#include "reports/figures/axis_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "configs/nearest_name.h"
#include "configs/printable.h"
#include "reports/figures/gnuplot.h"
#include "reports/figures/panel_grid.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

constexpr std::size_t most_points_of_axis = 1000;

/// Where a value lies between the lowest and the highest of its axis, 0..1.
double share_of(const Axis& axis, double number)
{
    const double first = axis.values.front().number, last = axis.values.back().number;
    return axis.is_logarithmic ? std::log(number / first) / std::log(last / first) : (number - first) / (last - first);
}

/// "set xrange ..., set xtics ...": room at both ends for the points, a tic at each value as far as their numbers do not touch.
std::string axis_range(const Axis& axis, std::size_t columns)
{
    const double first = axis.values.front().number, last = axis.values.back().number, room = 0.07;
    const double ratio = axis.is_logarithmic ? std::pow(last / first, room) : 0;
    std::string commands =
        axis.is_logarithmic ? fmt::format("set logscale x\nset xrange [{:.6g}:{:.6g}]\n", first / ratio, last * ratio)
                            : fmt::format("unset logscale x\nset xrange [{:.6g}:{:.6g}]\n",
                                          first - room * (last - first), last + room * (last - first));
    // A letter takes about this share of a panel's width.
    const double letter = columns == 1 ? 0.014 : columns == 2 ? 0.021 : 0.024;
    std::string tics;
    double free_from = -1;
    for (const AxisValue& value : axis.values) {
        const std::string text = configs::shortened(value.text, 14);
        const double half = letter * static_cast<double>(configs::display_width(text) + 1) / 2;
        const double share = share_of(axis, value.number);
        const bool has_room = share - half >= free_from;
        tics += (tics.empty() ? "" : ", ") + (has_room ? gnuplot_tic(text) : std::string("''")) +
                fmt::format(" {:.6g}", value.number);
        free_from = has_room ? share + half : free_from;
    }
    return commands + "set xtics (" + tics + ")\n";
}

/// {value, mean test accuracy, mean validation accuracy} and {value, test accuracy of a repeat}, in %.
struct PanelRows {
    std::vector<std::vector<double>> means, points;
};

PanelRows rows_of(const SweepSummary& summary, const Axis& axis, const DoneTrials& done)
{
    PanelRows rows;
    for (const AxisValue& value : axis.values) {
        const std::vector<double> accuracies = accuracies_at(value, done);
        if (accuracies.empty()) {
            continue;
        }
        const Summary validation = validation_accuracy_of(summary, value.configurations);
        rows.means.push_back({value.number, 100 * summarise(std::span<const double>(accuracies)).mean,
                              validation.n > 0 ? 100 * validation.mean : std::numeric_limits<double>::quiet_NaN()});
        for (const double accuracy : thinned(accuracies, most_points_of_axis / axis.values.size())) {
            rows.points.push_back({value.number, 100 * accuracy});
        }
    }
    return rows;
}

/// The legend, whatever the first panel's style is.
std::string key_entries()
{
    return fmt::format(
        ", keyentry with points pt 7 ps 0.5 lc rgb {0} title 'test, single repeats', keyentry with "
        "linespoints pt 7 ps 1 lw 2.4 lc rgb {1} title 'test, mean', keyentry with linespoints dt 2 pt 6 "
        "ps 0.9 lw 1.4 lc rgb {2} title 'validation, mean'",
        faint_colour(0), colour(0), colour(1));
}

/// A shade of blue that is never white nor one of the page's colours, which are others in the dark.
int shade_of(double share)
{
    const double depth = 0.12 + 0.86 * share;
    const auto mix = [&](int full) { return static_cast<int>(std::lround(255 + (full - 255) * depth)); };
    return mix(0x00) << 16 | mix(0x72) << 8 | mix(0xB2);
}

std::string value_tics(const char* axis_name, const Axis& axis, const char* more)
{
    std::string tics;
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
        tics += (i == 0 ? "" : ", ") + gnuplot_tic(configs::shortened(axis.values[i].text, 10)) + fmt::format(" {}", i);
    }
    return fmt::format("set {}tics ({}) {}\n", axis_name, tics, more);
}

std::string pair_commands(const std::vector<Axis>& axes, const AxisPair& pair, std::size_t panel,
                          const PercentRange& range, const PanelGrid& grid)
{
    const Axis &across = axes[pair.across], &down = axes[pair.down];
    std::string cells = fmt::format("$cells{} << EOD\n", panel), labels[2], plots;
    for (std::size_t row = 0; row < pair.cells.size(); ++row) {
        for (std::size_t column = 0; column < pair.cells[row].size(); ++column) {
            const Summary& cell = pair.cells[row][column];
            if (cell.n == 0) {
                continue;
            }
            const double share = (100 * cell.mean - range.low) / std::max(range.high - range.low, 1e-9);
            cells += fmt::format("{} {} {}\n", column, row, shade_of(share));
            labels[share > 0.75 ? 1 : 0] += fmt::format("{} {} {:.1f}\n", column, row, 100 * cell.mean);
        }
    }
    cells += "EOD\n";
    plots = fmt::format("plot $cells{} using 1:2:($1-0.49):($1+0.49):($2-0.49):($2+0.49):3 with boxxyerror fs solid 1 "
                        "noborder lc rgb variable notitle",
                        panel);
    const std::size_t values = std::max(across.values.size(), down.values.size());
    for (const std::size_t is_light : {0U, 1U}) {
        if (!labels[is_light].empty() && across.values.size() <= 12) {
            cells += fmt::format("$labels{}_{} << EOD\n{}EOD\n", panel, is_light, labels[is_light]);
            plots +=
                fmt::format(", $labels{}_{} using 1:2:(sprintf('%.1f',$3)) with labels font ',{}' tc rgb '{}' notitle",
                            panel, is_light, values > 8 ? 8 : 11, is_light != 0 ? "#fefefe" : "#222222");
        }
    }
    return cells + grid.margins(panel) +
           fmt::format("set xlabel {} offset 0,0.2\nset ylabel {} offset 0.5,0\nset xrange [-0.5:{}]\nset yrange "
                       "[-0.5:{}]\n",
                       gnuplot_string(across.title), gnuplot_string(down.title),
                       static_cast<double>(across.values.size()) - 0.5, static_cast<double>(down.values.size()) - 0.5) +
           value_tics("x", across, across.values.size() > 5 ? "scale 0 rotate by 45 right" : "scale 0 norotate") +
           value_tics("y", down, "scale 0") + plots + "\n";
}

}  // namespace

std::vector<std::filesystem::path> draw_axis_effects(const SweepSummary& summary, const std::vector<Axis>& axes,
                                                     const DoneTrials& done,
                                                     const std::filesystem::path& path_without_extension)
{
    if (done.count() == 0 || axes.empty()) {
        return {};
    }
    const PanelGrid grid(std::min(axes.size(), most_axes));
    std::string data, panels;
    std::vector<double> accuracies;
    for (std::size_t i = 0; i < std::min(axes.size(), most_axes); ++i) {
        const Axis& axis = axes[i];
        const PanelRows rows = rows_of(summary, axis, done);
        for (const std::vector<double>& row : rows.means) {
            accuracies.insert(accuracies.end(), {row[1] / 100, row[2] / 100});
        }
        for (const std::vector<double>& row : rows.points) {
            accuracies.push_back(row[1] / 100);
        }
        data += data_block(fmt::format("means{}", i), rows.means) + data_block(fmt::format("points{}", i), rows.points);
        // A line between values without an order would say that there is something between them.
        const char* const style = axis.is_numeric ? "linespoints" : "points";
        panels += grid.margins(i) +
                  (i % grid.columns == 0 ? "set ylabel 'accuracy (%)' offset 0.5,0\nset format y '%g'\n"
                                         : "unset ylabel\nset format y ''\n") +
                  "set xlabel " + gnuplot_string(axis.title) + " offset 0,0.2\n" + axis_range(axis, grid.columns);
        panels +=
            fmt::format("plot $points{0} using 1:2 with points pt 7 ps 0.5 lc rgb {1} notitle, $means{0} using 1:2 "
                        "with {2} pt 7 ps 1 lw 2.4 lc rgb {3} notitle, $means{0} using 1:3 with {2} dt 2 pt 6 ps 0.9 "
                        "lw 1.4 lc rgb {4} notitle{5}\n",
                        i, faint_colour(0), style, colour(0), colour(1), i == 0 ? key_entries() : "");
        if (i == 0) {
            panels += "unset key\n";
        }
    }
    const PercentRange range = percent_range(accuracies);
    Drawing drawing;
    drawing.width_px = grid.width_px;
    drawing.height_px = grid.height_px;
    drawing.commands =
        data +
        fmt::format(
            "set multiplot\nset border 3 lc rgb '#444444'\nset tics nomirror out scale 0.6\nset grid ytics lc "
            "rgb '#e4e4e4' lw 1 lt 1\nset yrange [{}:{}]\nset key at screen 0.5,{:.4f} center center horizontal "
            "Left reverse maxrows 1 samplen 2.5\n",
            range.low, range.high, 1 - 42.0 / grid.height_px) +
        panels + "unset multiplot\n";
    return draw(drawing, path_without_extension);
}

std::vector<std::filesystem::path> draw_axis_pairs(const std::vector<Axis>& axes, const std::vector<AxisPair>& pairs,
                                                   const std::filesystem::path& path_without_extension)
{
    if (pairs.empty()) {
        return {};
    }
    double low = 1, high = 0;
    for (const AxisPair& pair : pairs) {
        for (const std::vector<Summary>& row : pair.cells) {
            for (const Summary& cell : row) {
                low = cell.n > 0 ? std::min(low, cell.mean) : low;
                high = cell.n > 0 ? std::max(high, cell.mean) : high;
            }
        }
    }
    const PanelGrid grid(pairs.size(), 110, false, 24);
    Drawing drawing;
    drawing.width_px = grid.width_px;
    drawing.height_px = grid.height_px;
    drawing.commands = "set multiplot\nset border 0\nunset key\n";
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        drawing.commands += pair_commands(axes, pairs[i], i, {100 * low, 100 * high}, grid);
    }
    drawing.commands += "unset multiplot\n";
    return draw(drawing, path_without_extension);
}

std::string axes_in_words(const std::vector<Axis>& axes, const DoneTrials& done)
{
    constexpr std::size_t most_values = 12;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(axes.size(), most_axes); ++i) {
        std::vector<std::string> parts;
        for (const AxisValue& value : axes[i].values) {
            const std::vector<double> accuracies = accuracies_at(value, done);
            if (!accuracies.empty()) {
                parts.push_back(fmt::format("{}: {:.2f} %", configs::printable(value.text),
                                            100 * summarise(std::span<const double>(accuracies)).mean));
            }
        }
        lines.push_back(axes[i].title + ", mean test accuracy at " + configs::first_joined(parts, most_values));
    }
    return "Effect of each axis. " + configs::joined(lines, ". ");
}

}  // namespace attnsweep::reports
