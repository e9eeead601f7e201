// Test accuracy against attention ratio, the paper's claim in one picture.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/escaping.h"
#include "reports/figure.h"
#include "reports/gnuplot.h"
#include "reports/paper_reference.h"
#include "reports/ratio_series.h"
#include "reports/statistics.h"

namespace attnsweep::reports {

namespace {

using configs::Spectrogram;

std::vector<std::vector<double>> paper_rows(Spectrogram spectrogram)
{
    std::vector<std::vector<double>> rows;
    for (const PaperRow& row : paper_table_two()) {
        if (row.spectrogram == spectrogram)
            rows.push_back({100 * row.attention_ratio, 100 * row.accuracy});
    }
    return rows;
}

}  // namespace

std::vector<std::filesystem::path> draw_accuracy_by_ratio(const SweepResults& results,
                                                          const std::filesystem::path& path_without_extension)
{
    std::vector<RatioSeries> series = ratio_series(results);
    std::erase_if(series, [&](const RatioSeries& line) {
        return std::all_of(line.configurations.begin(), line.configurations.end(),
                           [&](const auto& place) { return accuracies_at(line, place.first, results).empty(); });
    });
    if (series.empty())
        return {};
    std::string data, plots, paper_plots;
    std::vector<double> accuracies;
    std::set<double> ratios{0, 1};
    std::set<Spectrogram> inputs;
    const auto add = [](std::string& to, const std::string& text) { to += (to.empty() ? "" : ", \\\n     ") + text; };
    for (std::size_t i = 0; i < series.size(); ++i) {
        std::vector<std::vector<double>> means, points;
        // Beside the line: left, right, further left, ... so that no mean hides a repeat.
        const double shift = (i % 2 == 0 ? -1.6 : 1.6) * static_cast<double>(1 + i / 2);
        for (const auto& [ratio, unused] : series[i].configurations) {
            const std::vector<double> values = accuracies_at(series[i], ratio, results);
            if (values.empty())
                continue;
            ratios.insert(ratio);
            means.push_back({100 * ratio, 100 * summarise(std::span<const double>(values)).mean});
            for (const double value : values) {
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
        if (inputs.insert(series[i].spectrogram).second) {
            data += data_block(fmt::format("paper{}", i), paper_rows(series[i].spectrogram));
            add(paper_plots,
                fmt::format("$paper{} using 1:2 with linespoints dt 2 pt {} ps 0.8 lw 1.2 lc rgb {} title {}", i,
                            hollow, colour(i),
                            gnuplot_string(upper_case(to_string(series[i].spectrogram)) + ", paper")));
        }
    }
    for (const PaperRow& row : paper_table_two()) {
        if (inputs.contains(row.spectrogram)) {
            accuracies.push_back(row.accuracy);
            ratios.insert(row.attention_ratio);
        }
    }
    const PercentRange range = percent_range(accuracies);
    std::string tics;
    for (const double ratio : ratios)
        tics += fmt::format("{}{:g}", tics.empty() ? "" : ", ", 100 * ratio);
    Drawing drawing;
    drawing.width_px = 760;
    drawing.height_px = 500;
    drawing.commands =
        data +
        fmt::format(
            "set border 3 lc rgb '#444444'\nset tics nomirror out scale 0.6\n"
            "set grid ytics lc rgb '#e4e4e4' lw 1 lt 1\nset xlabel 'attention ratio (%)' offset 0,0.3\n"
            "set ylabel 'test accuracy (%)' offset 1,0\nset format '%g'\nset xrange [-5:105]\nset yrange [{}:{}]\n"
            "set xtics ({})\nset key at screen 0.53,0.06 center center horizontal Left reverse maxrows 2 samplen 2.5\n"
            "set lmargin at screen 0.11\nset rmargin at screen 0.97\nset tmargin at screen 0.96\nset bmargin at screen "
            "0.23\n",
            range.low, range.high, tics);
    drawing.commands += "plot " + paper_plots + ", \\\n     " + plots +
                        ", \\\n     keyentry with points pt 7 ps 0.6 lc rgb '#999999' title 'single repeats'\n";
    return draw(drawing, path_without_extension);
}

}  // namespace attnsweep::reports
