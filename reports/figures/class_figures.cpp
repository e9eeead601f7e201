#include "reports/figures/class_figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "configs/printable.h"
#include "reports/figures/gnuplot.h"
#include "reports/tables/escaping.h"

namespace attnsweep::reports {

namespace {

/// "set ytics ('banjo' 0, ...)". Long names would leave no room for the figure.
std::string class_tics(const char* axis, const std::vector<std::string>& classes, const char* more)
{
    std::string tics;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        tics += (i == 0 ? "" : ", ") + gnuplot_tic(configs::shortened(classes[i], 20)) + fmt::format(" {}", i);
    }
    return fmt::format("set {}tics ({}) {}\n", axis, tics, more);
}

Drawing drawing_of(const ConfigurationConfusion& confusion, const std::string& title,
                   const std::vector<std::string>& classes)
{
    const std::vector<configs::ClassMetrics> numbers = configs::class_metrics_of(confusion.counts);
    std::string cells = "$cells << EOD\n", labels[2];
    for (std::size_t i = 0; i < classes.size(); ++i) {
        for (std::size_t j = 0; j < classes.size(); ++j) {
            if (confusion.counts[i][j] == 0) {
                continue;
            }
            const double share = static_cast<double>(confusion.counts[i][j]) / static_cast<double>(numbers[i].clips);
            // Blue for what is right, vermilion for what is not; the root makes rare mistakes visible.
            const double shade = std::sqrt(share);
            const auto mix = [&](int full) { return static_cast<int>(std::lround(255 + (full - 255) * shade)); };
            const int rgb =
                i == j ? mix(0x00) << 16 | mix(0x72) << 8 | mix(0xB2) : mix(0xD5) << 16 | mix(0x5E) << 8 | mix(0x00);
            cells += fmt::format("{} {} {}\n", j, i, rgb);
            labels[shade > 0.7 ? 1 : 0] += fmt::format("{} {} {:.0f}\n", j, i, 100 * share);
        }
    }
    cells += "EOD\n";
    std::string plots =
        "plot $cells using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fs solid 1 noborder lc "
        "rgb variable notitle";
    for (const std::size_t is_light : {0U, 1U}) {
        if (labels[is_light].empty()) {
            continue;
        }
        cells += fmt::format("$labels{} << EOD\n{}EOD\n", is_light, labels[is_light]);
        plots += fmt::format(", $labels{} using 1:2:(sprintf('%.0f',$3)) with labels font ',9' tc rgb '{}' notitle",
                             is_light, is_light != 0 ? "#ffffff" : "#222222");
    }
    const int side = static_cast<int>(classes.size()) * 26;  // room for three digits, however many classes there are
    Drawing drawing;
    drawing.width_px = side + 220;
    drawing.png_factor = 1;  // ten of them are a report's largest part
    drawing.height_px = side + 220;
    drawing.commands =
        cells + class_tics("y", classes, "scale 0") + class_tics("x", classes, "scale 0 rotate by 90 right") +
        fmt::format("set title {}\nset border 15 lc rgb '#444444'\n"
                    "set xrange [-0.5:{}]\nset yrange [{}:-0.5]\nset lmargin at screen {:.4f}\nset rmargin at screen "
                    "{:.4f}\nset tmargin at screen {:.4f}\nset bmargin at screen {:.4f}\n",
                    gnuplot_string(title + ": % of the true class (row) predicted as (column)"),
                    static_cast<double>(classes.size()) - 0.5, static_cast<double>(classes.size()) - 0.5,
                    180.0 / drawing.width_px, (180.0 + side) / drawing.width_px, 1 - 40.0 / drawing.height_px,
                    1 - (40.0 + side) / drawing.height_px) +
        plots + "\n";
    return drawing;
}

}  // namespace

std::vector<std::filesystem::path> draw_class_changes(const std::vector<ClassChange>& changes,
                                                      const std::vector<std::string>& classes,
                                                      const std::filesystem::path& path_without_extension)
{
    if (changes.empty() || classes.empty()) {
        return {};
    }
    std::string data, plots;
    double widest = 1;
    const double height = 0.8 / static_cast<double>(changes.size());
    for (std::size_t s = 0; s < changes.size(); ++s) {
        std::vector<std::vector<double>> bars;
        for (std::size_t c = 0; c < classes.size(); ++c) {
            const double change = 100 * (changes[s].after[c].recall - changes[s].before[c].recall);
            widest = std::max(widest, std::abs(change));
            const double top = static_cast<double>(c) - 0.4 + height * static_cast<double>(s);
            bars.push_back({change / 2, top + height / 2, std::min(0.0, change), std::max(0.0, change), top + 0.02,
                            top + height - 0.02});
        }
        data += data_block(fmt::format("bars{}", s), bars);
        plots += fmt::format("{}$bars{} using 1:2:3:4:5:6 with boxxyerror fs solid 1 noborder lc rgb {} title {}",
                             s == 0 ? "plot " : ", \\\n     ", s, colour(s), gnuplot_string(changes[s].title));
    }
    Drawing drawing;
    drawing.width_px = 760;
    drawing.height_px = 110 + static_cast<int>(classes.size()) * std::max(22, static_cast<int>(changes.size()) * 9);
    const double limit = 5 * std::ceil(widest / 5);
    drawing.commands =
        data + class_tics("y", classes, "scale 0") +
        fmt::format(
            "set border 1 lc rgb '#444444'\nset xtics nomirror out scale 0.6\nset grid xtics lc rgb '#e4e4e4' lw 1 "
            "lt 1\nset xlabel 'change of recall from 0 % to 25 % attention (points)' offset 0,0.3\n"
            "set yrange [{}:-0.6]\nset xrange [{}:{}]\nset arrow 1 from 0,graph 0 to 0,graph 1 nohead lw 1 lc "
            "rgb '#444444' front\n"
            "set key above center horizontal Left reverse samplen 1.5\nset rmargin 3\n",
            static_cast<double>(classes.size()) - 0.4, -limit, limit) +
        plots + "\n";
    return draw(drawing, path_without_extension);
}

Drawn draw_confusions(const std::vector<ConfigurationConfusion>& confusions, const std::vector<std::string>& titles,
                      const std::vector<std::string>& classes, const std::filesystem::path& path_without_number)
{
    if (confusions.empty() || classes.empty()) {
        return {};
    }
    std::vector<PlacedDrawing> drawings;
    for (std::size_t i = 0; i < confusions.size(); ++i) {
        drawings.push_back({drawing_of(confusions[i], titles[i], classes),
                            fmt::format("{}-{}", path_without_number.string(), confusions[i].configuration + 1)});
    }
    return draw(drawings);
}

}  // namespace attnsweep::reports
