#include "reports/figures/learning_curves.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "configs/name_list.h"
#include "configs/nearest_name.h"
#include "reports/figures/gnuplot.h"
#include "reports/figures/panel_grid.h"
#include "reports/tables/escaping.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

namespace {

using Curve = std::vector<configs::EpochRecord>;

/// More cannot be told apart; the band is of all.
constexpr std::size_t most_thin_lines = 20;

/// The curves of the trials that `selection` leaves; nothing where it leaves no trial.
std::optional<LearningCurves> curves_of(const store::Store& store, const SweepSummary& summary,
                                        const store::TrialSelection& selection)
{
    LearningCurves curves{selection.name, {}};
    bool is_known = false;
    store::read_trials(store, summary.sweep, summary.weights, selection, [&](const store::TrialEntry& entry) {
        is_known = true;
        Curve epochs = store::read_epochs(store, entry.trial.id);
        if (!epochs.empty()) {
            curves.repeats.push_back(std::move(epochs));
        }
    });
    return is_known ? std::optional(std::move(curves)) : std::nullopt;
}

std::optional<LearningCurves> curves_named(const store::Store& store, const SweepSummary& summary,
                                           const std::string& name)
{
    using By = store::TrialSelection::By;
    const bool is_configuration =
        std::any_of(summary.configurations.begin(), summary.configurations.end(),
                    [&](const ConfigurationSummary& configuration) { return configuration.name == name; });
    return curves_of(store, summary, {is_configuration ? By::configuration : By::label, name});
}

int last_epoch(const LearningCurves& curves)
{
    int last = 1;
    for (const Curve& curve : curves.repeats) {
        last = std::max(last, curve.back().epoch);
    }
    return last;
}

/// {epoch, training %, validation %, lowest and highest training %, the same of validation} as far as every repeat reaches:
/// further on it would jump when one leaves.
std::vector<std::vector<double>> mean_rows(const LearningCurves& curves)
{
    std::size_t shortest = curves.repeats.front().size();
    for (const Curve& curve : curves.repeats) {
        shortest = std::min(shortest, curve.size());
    }
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < shortest; ++i) {
        double training = 0, validation = 0;
        double lowest[2] = {1, 1}, highest[2] = {0, 0};
        for (const Curve& curve : curves.repeats) {
            training += curve[i].train_accuracy;
            validation += curve[i].validation_accuracy;
            const double values[2] = {curve[i].train_accuracy, curve[i].validation_accuracy};
            for (int k = 0; k < 2; ++k) {
                lowest[k] = std::min(lowest[k], values[k]);
                highest[k] = std::max(highest[k], values[k]);
            }
        }
        const auto n = static_cast<double>(curves.repeats.size());
        rows.push_back({static_cast<double>(curves.repeats.front()[i].epoch), 100 * training / n, 100 * validation / n,
                        100 * lowest[0], 100 * highest[0], 100 * lowest[1], 100 * highest[1]});
    }
    return rows;
}

std::vector<std::vector<double>> curve_rows(const Curve& curve)
{
    std::vector<std::vector<double>> rows;
    for (const configs::EpochRecord& record : curve) {
        rows.push_back(
            {static_cast<double>(record.epoch), 100 * record.train_accuracy, 100 * record.validation_accuracy});
    }
    return rows;
}

/// One row over all panels, drawn by hand: gnuplot would break it to the first panel's width.
std::string legend_commands(const std::vector<LearningCurves>& curves, const PanelGrid& grid)
{
    struct Item {
        const char* words;
        std::string line;
        double width_px;
    };
    std::vector<Item> items{{"training", "lw 2.5 lc rgb " + colour(0), 120},
                            {"validation", "lw 2.5 lc rgb " + colour(1), 128}};
    const bool has_repeats =
        std::any_of(curves.begin(), curves.end(), [](const LearningCurves& panel) { return panel.repeats.size() > 1; });
    if (has_repeats) {
        items[0] = {"training, mean", items[0].line, 160};
        items[1] = {"validation, mean", items[1].line, 172};
        items.push_back({"single repeats", "lw 1 lc rgb '#999999'", 142});
    }
    double at = grid.width_px / 2.0;
    for (const Item& item : items) {
        at -= item.width_px / 2;
    }
    const double height = 1 - 24.0 / grid.height_px;
    std::string commands;
    for (const Item& item : items) {
        commands += fmt::format("set arrow from screen {:.4f},{:.4f} to screen {:.4f},{:.4f} nohead {}\n",
                                at / grid.width_px, height, (at + 26) / grid.width_px, height, item.line);
        commands +=
            fmt::format("set label '{}' at screen {:.4f},{:.4f} left\n", item.words, (at + 34) / grid.width_px, height);
        at += item.width_px;
    }
    return commands;
}

std::string panel_commands(const LearningCurves& curves, std::size_t panel, const PanelGrid& grid)
{
    const int last = last_epoch(curves);
    const std::size_t n = curves.repeats.size();
    // With few epochs a line alone shows too little.
    const std::string style = last <= 12 ? "linespoints pt 7 ps 0.5" : "lines";
    std::string data = data_block(fmt::format("mean{}", panel), mean_rows(curves)), plots;
    const auto add = [&](const std::string& text) { plots += (plots.empty() ? "plot " : ", \\\n     ") + text; };
    for (int k = 0; k < 2 && n > 1; ++k) {
        add(fmt::format("$mean{} using 1:{}:{} with filledcurves fs solid noborder lc rgb {}", panel, 4 + 2 * k,
                        5 + 2 * k, pale_colour(static_cast<std::size_t>(k))));
    }
    for (std::size_t i = 0; i < std::min(n, most_thin_lines) && n > 1; ++i) {
        const std::string block = fmt::format("repeat{}_{}", panel, i);
        data += data_block(block, curve_rows(curves.repeats[i]));
        add(fmt::format("${} using 1:2 with lines lw 1 lc rgb {}", block, faint_colour(0)));
        add(fmt::format("${} using 1:3 with lines lw 1 lc rgb {}", block, faint_colour(1)));
    }
    add(fmt::format("$mean{} using 1:2 with {} lw 2.5 lc rgb {}", panel, style, colour(0)));
    add(fmt::format("$mean{} using 1:3 with {} lw 2.5 lc rgb {}", panel, style, colour(1)));
    std::string commands = data + grid.margins(panel);
    commands += panel % grid.columns == 0 ? "set ylabel 'accuracy (%)' offset 0.5,0\nset format y '%g'\n"
                                          : "unset ylabel\nset format y ''\n";
    commands += "set title " + gnuplot_string(curves.name + fmt::format("  ({} repeat{})", n, n == 1 ? "" : "s")) +
                " offset 0,-0.4\n";
    commands += fmt::format("set xrange [{}:{}]\n", last <= 12 ? 0.5 : 0.0, last <= 12 ? last + 0.5 : last * 1.02);
    commands += last <= 12 ? "set xtics 1\n" : "set xtics autofreq\n";
    return commands + plots + "\n";
}

}  // namespace

std::vector<LearningCurves> learning_curves(const store::Store& store, const SweepSummary& summary,
                                            const std::vector<std::string>& names)
{
    std::vector<LearningCurves> chosen;
    const auto is_known = [&](const std::string& name) { return curves_named(store, summary, name).has_value(); };
    for (const std::string& name : configs::names_in(names, is_known)) {
        std::optional<LearningCurves> curves = curves_named(store, summary, name);
        if (!curves) {
            std::vector<std::string> known;
            for (const ConfigurationSummary& configuration : summary.configurations) {
                known.push_back(configuration.name);
            }
            const std::string nearest = configs::nearest_name(name, known);
            throw store::Error(store::Error::Kind::unknown,
                               "sweep " + summary.sweep.name + " has no configuration or trial \"" + name + "\"" +
                                   (nearest.empty() ? "." : "; did you mean " + nearest + "?") +
                                   " Configurations: " + configs::first_joined(known, 12));
        }
        if (!curves->repeats.empty()) {
            chosen.push_back(std::move(*curves));
        }
    }
    if (!names.empty()) {
        return chosen;
    }
    std::vector<std::string> usual{"stft-r25", "cqt-r25"};
    if (!summary.beside_paper) {
        usual.clear();
        for (const std::size_t place : by_validation(summary)) {
            if (usual.size() < most_curves) {
                usual.push_back(summary.configurations[place].name);
            }
        }
    }
    for (const std::string& name : usual) {
        std::optional<LearningCurves> curves = curves_named(store, summary, name);
        if (curves && !curves->repeats.empty()) {
            chosen.push_back(std::move(*curves));
        }
    }
    for (const ConfigurationSummary& configuration : summary.configurations) {
        if (!chosen.empty()) {
            break;
        }
        std::optional<LearningCurves> curves = curves_named(store, summary, configuration.name);
        if (curves && !curves->repeats.empty()) {
            chosen.push_back(std::move(*curves));
        }
    }
    return chosen;
}

std::vector<std::filesystem::path> draw_learning_curves(const std::vector<LearningCurves>& curves,
                                                        const std::filesystem::path& path_without_extension)
{
    if (curves.empty()) {
        return {};
    }
    const PanelGrid grid(curves.size());
    std::vector<double> accuracies;
    for (const LearningCurves& panel : curves) {
        for (const Curve& curve : panel.repeats) {
            for (const configs::EpochRecord& record : curve) {
                accuracies.push_back(record.train_accuracy);
                accuracies.push_back(record.validation_accuracy);
            }
        }
    }
    const PercentRange range = percent_range(accuracies);
    Drawing drawing;
    drawing.width_px = grid.width_px;
    drawing.height_px = grid.height_px;
    drawing.commands =
        fmt::format("set multiplot\nset border 3 lc rgb '#444444'\nset tics nomirror out scale 0.6\n"
                    "set grid ytics lc rgb '#e4e4e4' lw 1 lt 1\nset xlabel 'epoch' offset 0,0.3\nset yrange [{}:{}]\n",
                    range.low, range.high);
    drawing.commands += "unset key\nset format x '%g'\n" + legend_commands(curves, grid);
    for (std::size_t i = 0; i < curves.size(); ++i) {
        drawing.commands += panel_commands(curves[i], i, grid);
        if (i == 0) {
            drawing.commands += "unset arrow\nunset label\n";
        }
    }
    drawing.commands += "unset multiplot\n";
    return draw(drawing, path_without_extension);
}

}  // namespace attnsweep::reports
