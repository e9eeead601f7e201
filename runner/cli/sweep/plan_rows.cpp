#include "runner/cli/sweep/plan_rows.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "configs/printable.h"
#include "runner/duration_text.h"

namespace attnsweep::runner {

namespace {

using reports::number_cell;
using reports::text_cell;

constexpr std::size_t widest_label = 60, widest_reason = 120;

/// Cuts a long label in its middle: what it begins with and its repeat tell it from others. Labels are ASCII.
std::string legible(const std::string& label)
{
    if (label.size() <= widest_label) {
        return label;
    }
    constexpr std::string_view gap = "...";
    constexpr std::size_t kept = widest_label - gap.size(), at_end = kept / 3;
    return label.substr(0, kept - at_end).append(gap) + label.substr(label.size() - at_end);
}

std::string status_text(const TrialOutlook& outlook)
{
    std::string text = to_string(outlook.action);
    if (outlook.action == PlannedAction::resumes) {
        text += fmt::format(" at epoch {} ({})", outlook.from_epoch,
                            (outlook.checkpoint.parent_path().filename() / outlook.checkpoint.filename()).string());
    }
    return outlook.why.empty() ? text : text + ": " + configs::shortened(outlook.why, widest_reason);
}

const char* mark_of(Basis basis)
{
    return basis == Basis::measured ? "" : basis == Basis::scaled ? "~" : "~~";
}

/// Returns the trials that take no slot: waiting ones, then given up ones, then done ones.
std::vector<std::size_t> others_of(const Plan& plan)
{
    std::vector<std::size_t> others;
    for (const PlannedAction action : {PlannedAction::waits, PlannedAction::given_up, PlannedAction::done}) {
        for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
            if (plan.outlooks[i].action == action) {
                others.push_back(i);
            }
        }
    }
    return others;
}

/// Holds what a line says of the trials of one configuration.
struct ConfigurationPlanned {
    std::size_t first = 0;                 // a trial of it
    std::map<PlannedAction, int> actions;  // trials
    int stopped = 0, not_started = 0;
    int remaining = 0;
    double left_s = 0;     // of all that remain
    double starts_s = -1;  // the first; below 0: none starts
};

std::string counts_text(const ConfigurationPlanned& configuration)
{
    std::string text;
    const auto add = [&](int count, const std::string& words) {
        if (count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words);
        }
    };
    for (const auto& [action, count] : configuration.actions) {
        add(count, to_string(action));
    }
    add(configuration.stopped, "stopped by the time limit");
    add(configuration.not_started, "not started before it");
    return text;
}

}  // namespace

std::string grouped(std::int64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, 1, ',');
    }
    return digits;
}

std::string in_bytes(std::int64_t bytes)
{
    const auto number = static_cast<double>(bytes);
    if (number >= 1e9) {
        return fmt::format("{:.1f} GB", number / 1e9);
    }
    return number >= 1e7 ? fmt::format("{:.0f} MB", number / 1e6) : fmt::format("{:.1f} MB", number / 1e6);
}

reports::Table table_of_trials(const Plan& plan)
{
    reports::Table table;
    table.columns = {{"#"},          {"trial", false}, {"id", false},  {"starts in"},     {"takes"},
                     {"parameters"}, {"memory"},       {"checkpoint"}, {"stays on disk"}, {"status", false}};
    const bool shows_devices = plan.slots.devices_per_trial != 1;
    if (shows_devices) {
        table.columns.insert(table.columns.begin() + 5, {"devices"});
    }
    const auto row = [&](std::size_t i, const std::string& place, const std::string& starts, const std::string& takes,
                         const std::string& devices) {
        const model::Cost& cost = plan.costs[i];
        std::vector<reports::Cell> cells = {number_cell(place),
                                            text_cell(legible(plan.sweep.trials[i].label)),
                                            text_cell(plan.sweep.trials[i].id),
                                            number_cell(starts),
                                            number_cell(takes),
                                            number_cell(grouped(cost.parameters)),
                                            number_cell(in_bytes(cost.peak_memory_bytes)),
                                            number_cell(in_bytes(cost.checkpoint_bytes)),
                                            number_cell(in_bytes(plan.kept_bytes[i])),
                                            text_cell(status_text(plan.outlooks[i]))};
        if (shows_devices) {
            cells.insert(cells.begin() + 5, number_cell(devices));
        }
        table.rows.push_back(std::move(cells));
    };
    int place = 0;
    const auto takes = [&](std::size_t i) {
        return mark_of(plan.durations[i].epoch_basis) + duration_text(plan.durations[i].left_s);
    };
    for (const PlannedStart& start : plan.forecast.starts) {
        row(start.trial, std::to_string(++place), start.after_s > 0 ? duration_text(start.after_s) : "now",
            mark_of(plan.durations[start.trial].epoch_basis) + duration_text(start.lasts_s),
            std::to_string(start.devices));
        if (start.is_stopped) {
            table.rows.back().back().text += "; stopped by the time limit";
        }
    }
    for (const std::size_t i : plan.forecast.not_started) {
        row(i, "", "not in time", takes(i), "");
        table.rows.back().back().text += "; not started before the time limit";
    }
    if (const auto others = others_of(plan); !others.empty()) {
        if (!table.rows.empty()) {
            table.rules_before.push_back(table.rows.size());
        }
        for (const std::size_t i : others) {
            row(i, "", "", "", "");
        }
    }
    return table;
}

reports::Table table_of_configurations(const Plan& plan)
{
    std::map<std::string, std::size_t> places;
    std::vector<ConfigurationPlanned> configurations;  // in the order of starting
    const auto of = [&](std::size_t trial) -> ConfigurationPlanned& {
        const auto [place, is_new] = places.try_emplace(plan.sweep.trials[trial].configuration, configurations.size());
        if (is_new) {
            configurations.push_back({trial, {}});
        }
        return configurations[place->second];
    };
    for (const PlannedStart& start : plan.forecast.starts) {
        ConfigurationPlanned& configuration = of(start.trial);
        configuration.stopped += start.is_stopped ? 1 : 0;
        configuration.starts_s = configuration.starts_s < 0 ? start.after_s : configuration.starts_s;
    }
    for (const std::size_t i : plan.forecast.not_started) {
        ++of(i).not_started;
    }
    const std::size_t remaining = configurations.size();
    for (const std::size_t i : others_of(plan)) {
        of(i);
    }
    for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
        ConfigurationPlanned& configuration = of(i);
        ++configuration.actions[plan.outlooks[i].action];
        if (plan.outlooks[i].remains()) {
            ++configuration.remaining;
            configuration.left_s += plan.durations[i].left_s;
        }
    }
    reports::Table table;
    table.columns = {{"configuration", false}, {"starts in"},    {"a trial takes"}, {"parameters"}, {"memory"},
                     {"checkpoint"},           {"trials", false}};
    if (remaining > 0 && remaining < configurations.size()) {
        table.rules_before.push_back(remaining);
    }
    for (const ConfigurationPlanned& configuration : configurations) {
        const std::size_t first = configuration.first;
        const model::Cost& cost = plan.costs[first];
        std::string starts, takes;
        if (configuration.remaining > 0) {
            starts = configuration.starts_s < 0    ? "not in time"
                     : configuration.starts_s == 0 ? "now"
                                                   : duration_text(configuration.starts_s);
            takes = mark_of(plan.durations[first].epoch_basis) +
                    duration_text(configuration.left_s / configuration.remaining);
        }
        table.rows.push_back({text_cell(legible(plan.sweep.trials[first].configuration)), number_cell(starts),
                              number_cell(takes), number_cell(grouped(cost.parameters)),
                              number_cell(in_bytes(cost.peak_memory_bytes)),
                              number_cell(in_bytes(cost.checkpoint_bytes)), text_cell(counts_text(configuration))});
    }
    return table;
}

}  // namespace attnsweep::runner
