#include "reports/figures/accuracy_by_ratio.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/analysis/ratio_series.h"
#include "reports/analysis/statistics.h"
#include "reports/figures/gnuplot.h"
#include "reports/tables/escaping.h"
#include "store/paper_reference.h"

namespace attnsweep::reports {

namespace {

using configs::Spectrogram;

/// At most about so many repeats are drawn.
constexpr std::size_t most_points = 2000;

/// How many repeats are drawn at a ratio of a series.
std::size_t points_a_place(const std::vector<RatioSeries>& series, const DoneTrials& done)
{
    std::size_t places = 0;
    for (const RatioSeries& line : series) {
        places += line.configurations.size();
    }
    return thins_repeats(done) ? most_points / places : done.count();
}

std::vector<std::vector<double>> paper_rows(Spectrogram spectrogram)
{
    std::vector<std::vector<double>> rows;
    for (const store::PaperRow& row : store::paper_table_two()) {
        if (row.spectrogram == spectrogram) {
            rows.push_back({100 * row.attention_ratio, 100 * row.accuracy});
        }
    }
    return rows;
}

}  // namespace

bool thins_repeats(const DoneTrials& done)
{
    return done.count() > most_points;
}

std::vector<std::filesystem::path> draw_accuracy_by_ratio(const std::vector<RatioSeries>& all_series,
                                                          const DoneTrials& done, bool beside_paper,
                                                          const std::filesystem::path& path_without_extension)
{
    std::vector<RatioSeries> series = all_series;
    std::erase_if(series, [&](const RatioSeries& line) {
        return std::all_of(line.configurations.begin(), line.configurations.end(),
                           [&](const auto& place) { return accuracies_at(line, place.first, done).empty(); });
    });
    if (series.empty()) {
        return {};
    }
    const std::size_t most_here = points_a_place(series, done);
    // In percent of ratio; of many lines closer, so that those of one ratio end before the next one's begin.
    const std::size_t lines_a_side = (series.size() + 1) / 2;
    const double step = std::min(1.6, 11.0 / static_cast<double>(lines_a_side));
    std::string data, plots, paper_plots;
    std::vector<double> accuracies;
    std::set<double> ratios{0, 1};
    std::set<Spectrogram> inputs;
    const auto add = [](std::string& to, const std::string& text) { to += (to.empty() ? "" : ", \\\n     ") + text; };
    for (std::size_t i = 0; i < series.size(); ++i) {
        std::vector<std::vector<double>> means, points;
        // Beside the line: left, right, further left, ... so that no mean hides a repeat.
        const std::size_t steps = 1 + i / 2;
        const double shift = (i % 2 == 0 ? -step : step) * static_cast<double>(steps);
        for (const auto& [ratio, unused] : series[i].configurations) {
            const std::vector<double> values = accuracies_at(series[i], ratio, done);
            if (values.empty()) {
                continue;
            }
            ratios.insert(ratio);
            means.push_back({100 * ratio, 100 * summarise(std::span<const double>(values)).mean});
            for (const double value : thinned(values, most_here)) {
                points.push_back({100 * ratio + shift, 100 * value});
                accuracies.push_back(value);
            }
        }
        data += data_block(fmt::format("mean{}", i), means) + data_block(fmt::format("points{}", i), points);
        const int filled = i % 2 == 0 ? 7 : 5, hollow = i % 2 == 0 ? 6 : 4;
        add(plots,
            fmt::format("$points{} using 1:2 with points pt {} ps 0.6 lc rgb {} notitle", i, filled, faint_colour(i)));
        add(plots, fmt::format("$mean{} using 1:2 with linespoints pt {} ps 0.9 lw 2.2 lc rgb {} title {}", i, filled,
                               colour(i), gnuplot_string(series[i].title + ", mean")));
        if (beside_paper && inputs.insert(series[i].spectrogram).second) {
            data += data_block(fmt::format("paper{}", i), paper_rows(series[i].spectrogram));
            add(paper_plots,
                fmt::format("$paper{} using 1:2 with linespoints dt 2 pt {} ps 0.8 lw 1.2 lc rgb {} title {}", i,
                            hollow, colour(i),
                            gnuplot_string(upper_case(to_string(series[i].spectrogram)) + ", paper")));
        }
    }
    for (const store::PaperRow& row : store::paper_table_two()) {
        if (beside_paper && inputs.contains(row.spectrogram)) {
            accuracies.push_back(row.accuracy);
            ratios.insert(row.attention_ratio);
        }
    }
    const PercentRange range = percent_range(accuracies);
    const double widest = std::max(5.0, step * static_cast<double>(lines_a_side) + 1.5);
    std::string tics;
    for (const double ratio : ratios) {
        tics += fmt::format("{}{:g}", tics.empty() ? "" : ", ", 100 * ratio);
    }
    Drawing drawing;
    drawing.width_px = 760;
    // The key has three columns; below the axis is room for three rows.
    const int rows = static_cast<int>(series.size() + inputs.size() + 1 + 2) / 3, more_px = 20 * std::max(0, rows - 3);
    drawing.height_px = 500 + more_px;
    drawing.commands =
        data +
        fmt::format(
            "set border 3 lc rgb '#444444'\nset tics nomirror out scale 0.6\n"
            "set grid ytics lc rgb '#e4e4e4' lw 1 lt 1\nset xlabel 'attention ratio (%)' offset 0,0.3\n"
            "set ylabel 'test accuracy (%)' offset 1,0\nset format '%g'\nset xrange [{:g}:{:g}]\nset yrange [{}:{}]\n"
            "set xtics ({})\nset key at screen 0.53,{:.4g} center center horizontal Left reverse maxrows {} samplen "
            "2.5\n"
            "set lmargin at screen 0.11\nset rmargin at screen 0.97\nset tmargin at screen {:.4g}\nset bmargin at "
            "screen "
            "{:.4g}\n",
            -widest, 100 + widest, range.low, range.high, tics, (30.0 + more_px / 2.0) / drawing.height_px,
            std::max(2, rows), 1 - 20.0 / drawing.height_px, (115.0 + more_px) / drawing.height_px);
    drawing.commands += "plot " + paper_plots + (paper_plots.empty() ? "" : ", \\\n     ") + plots +
                        ", \\\n     keyentry with points pt 7 ps 0.6 lc rgb '#999999' title 'single repeats'\n";
    return draw(drawing, path_without_extension);
}

}  // namespace attnsweep::reports
