#include "runner/cli/sweep/plan_output.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/names.h"
#include "runner/cli/sweep/plan_rows.h"
#include "runner/duration_text.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;

std::string geometry_line(const configs::DataSetDescription& data)
{
    std::string shapes;
    for (const configs::SpectrogramSet& set : data.spectrograms) {
        shapes += fmt::format("; {} {} x {}", configs::to_string(set.spectrogram), data.geometry.frames(),
                              data.geometry.bins(set.spectrogram));
    }
    return fmt::format("Data: {}: {} clips of {:g} s, {} classes, {} Hz, hop {}{}.", data.path, grouped(data.clips),
                       data.geometry.clip_s, data.classes.size(), data.geometry.sample_rate_hz,
                       data.geometry.hop_samples, shapes);
}

std::string disk_line(const Plan& plan)
{
    const Totals& totals = plan.totals;
    std::string line = fmt::format(
        "Disk: {} stay at the end (checkpoint.keep = \"{}\"), and up to {} more for each trial that "
        "runs at once (two checkpoints and the one being written, each with the best weights so far)",
        in_bytes(totals.kept_bytes), configs::to_string(plan.sweep.execution.keep), in_bytes(totals.running_bytes));
    if (totals.free_bytes) {
        line += fmt::format("; {} are free at {}", in_bytes(*totals.free_bytes), totals.free_at.string());
    }
    return line + ".";
}

/// Says in one sentence what the expected times are based on.
std::string basis_line(const Plan& plan)
{
    std::map<Basis, int> times, epochs;
    for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
        if (plan.outlooks[i].remains()) {
            ++times[plan.durations[i].epoch_basis];
            ++epochs[plan.durations[i].epochs_basis];
        }
    }
    const auto list = [](const std::map<Basis, int>& counts, const std::map<Basis, std::string>& words) {
        std::string text;
        for (const auto& [basis, count] : counts) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words.at(basis));
        }
        return text;
    };
    return fmt::format("Expected times: an epoch's {}; the number of epochs {}.",
                       list(times, {{Basis::guess, "guessed (~~, wrong by up to 3 times either way)"},
                                    {Basis::scaled, "guessed and scaled to what others measured (~, within 2 times)"},
                                    {Basis::measured, "measured in this store"}}),
                       list(epochs, {{Basis::guess, "as in the paper's Figure 2"},
                                     {Basis::measured, "as in the repeats that are done"},
                                     {Basis::certain, "as set"}}));
}

/// Says on how many devices trials are, where that is not one.
std::string devices_line(const Plan& plan)
{
    if (plan.slots.devices_per_trial > 0) {
        return fmt::format("Each trial is on {} devices (execution.devices_per_trial). {}",
                           plan.slots.devices_per_trial, plan.speed);
    }
    std::map<int, int> counts;
    for (const PlannedStart& start : plan.forecast.starts) {
        ++counts[start.devices];
    }
    std::string text;
    for (const auto& [devices, count] : counts) {
        text += fmt::format("{}{} trial{} on {}", text.empty() ? "" : ", ", count, count == 1 ? "" : "s", devices);
    }
    return fmt::format("Devices (execution.devices_per_trial = \"auto\"): {}. {}", text.empty() ? "none" : text,
                       plan.speed);
}

std::string forecast_line(const Plan& plan)
{
    const Forecast& forecast = plan.forecast;
    return fmt::format("Ends in about {} on {} ({} to {}); no order is faster than {} (longest trial {}, {} of work).",
                       duration_text(forecast.makespan_s), plan.slots.description,
                       duration_text(forecast.makespan_low_s), duration_text(forecast.makespan_high_s),
                       duration_text(forecast.lower_bound_s), duration_text(forecast.longest_s),
                       duration_text(forecast.total_s));
}

/// Says what a time limit leaves for the next run.
std::string limit_line(const Plan& plan)
{
    const Forecast& forecast = plan.forecast;
    const int stopped = forecast.stopped();
    std::string line =
        fmt::format("Time limit {}, the last {} of it for checkpoints: ", duration_text(*plan.time.limit_s),
                    duration_text(*plan.time.limit_s - plan.time.drains_after_s()));
    if (stopped == 0 && forecast.not_started.empty()) {
        return line + "all trials end before it.";
    }
    return line + fmt::format("{} of {} trials end, {} are stopped with a checkpoint, {} are not started. "
                              "Rerun the command to resume.",
                              forecast.starts.size() - static_cast<std::size_t>(stopped),
                              forecast.starts.size() + forecast.not_started.size(), stopped,
                              forecast.not_started.size());
}

/// Counts the trials that are not left to run: ", 3 done, 1 set aside as failed".
std::string counts_of_others(const Plan& plan)
{
    std::string text;
    for (const auto& [action, words] :
         {std::pair{PlannedAction::done, "done"}, std::pair{PlannedAction::waits, "ended and not yet imported"},
          std::pair{PlannedAction::given_up, "set aside as failed"}}) {
        const auto count =
            std::count_if(plan.outlooks.begin(), plan.outlooks.end(),
                          [wanted = action](const TrialOutlook& outlook) { return outlook.action == wanted; });
        if (count > 0) {
            text += fmt::format(", {} {}", count, words);
        }
    }
    return text;
}

bool trains_in_bfloat16(const Plan& plan)
{
    for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
        if (plan.outlooks[i].remains() &&
            plan.sweep.trials[i].spec.training.precision == configs::Precision::bfloat16) {
            return true;
        }
    }
    return false;
}

}  // namespace

reports::Table table_of(const Plan& plan, bool each_trial)
{
    reports::Table table = each_trial ? table_of_trials(plan) : table_of_configurations(plan);
    table.title = fmt::format("Sweep {} ({}): {} trials, {} to go{}", plan.sweep.name, plan.sweep.path,
                              plan.sweep.trials.size(), plan.totals.remaining, counts_of_others(plan));
    if (!each_trial) {
        table.notes.emplace_back("One line a configuration; every trial: --all.");
    }
    if (plan.difference) {
        const std::vector<std::string> lines = lines_of(*plan.difference, *plan.before);
        table.notes.insert(table.notes.end(), lines.begin(), lines.end());
    }
    table.notes.push_back(geometry_line(plan.sweep.data));
    for (const std::string& sentence : plan.missing_classes) {
        table.notes.push_back("Note: " + sentence + ".");
    }
    if (plan.slots.device_kind == configs::DeviceKind::cpu && trains_in_bfloat16(plan)) {
        table.notes.emplace_back("Note: bfloat16 is faster than float32 on CPUs with AMX (Intel's Xeons of 2023 and "
                                 "later); on others it takes "
                                 "0.8 to 1.2 times as long, and its results are less exact.");
    }
    if (plan.forecast.starts.empty() && plan.forecast.not_started.empty()) {
        table.notes.emplace_back("Nothing is left to run.");
        return table;
    }
    if (!plan.forecast.starts.empty()) {
        table.notes.push_back(forecast_line(plan));
    }
    if (plan.slots.devices_per_trial != 1) {
        table.notes.push_back(devices_line(plan));
    }
    if (!plan.limit.notice.empty()) {
        table.notes.push_back(plan.limit.notice + ".");
    }
    if (!plan.too_short.empty()) {
        table.notes.push_back("Nothing can start: " + plan.too_short + ".");
    } else if (plan.time.limit_s) {
        table.notes.push_back(limit_line(plan));
    }
    table.notes.push_back(basis_line(plan));
    table.notes.push_back(plan.around_epochs);
    table.notes.push_back(disk_line(plan));
    if (!plan.totals.fits()) {
        table.notes.emplace_back(
            "WARNING: that does not fit. Free some space, give another --store, or keep less: --set "
            "execution.keep=last");
    }
    table.notes.emplace_back(
        "Memory is an estimate of a training process on the CPU. Checkpoint: weights and optimizer state.");
    return table;
}

Json json_of(const Plan& plan)
{
    std::map<std::size_t, const PlannedStart*> starts;
    std::map<std::size_t, std::size_t> places;
    for (const PlannedStart& start : plan.forecast.starts) {
        places[start.trial] = starts.size() + 1;
        starts[start.trial] = &start;
    }
    Json trials = Json::array();
    for (std::size_t i = 0; i < plan.sweep.trials.size(); ++i) {
        const configs::Trial& trial = plan.sweep.trials[i];
        const model::Cost& cost = plan.costs[i];
        const TrialOutlook& outlook = plan.outlooks[i];
        const ExpectedDuration& duration = plan.durations[i];
        Json entry = {{"label", trial.label},
                      {"id", trial.id},
                      {"configuration", trial.configuration},
                      {"repeat", trial.repeat},
                      {"parameters", cost.parameters},
                      {"step_flops_per_sample", cost.step_flops_per_sample},
                      {"attention_bytes", cost.attention_bytes},
                      {"peak_memory_bytes", cost.peak_memory_bytes},
                      {"expected_device_bytes", plan.memory[i].device_bytes},
                      {"expected_host_bytes", plan.memory[i].host_bytes},
                      {"weights_bytes", cost.weights_bytes},
                      {"checkpoint_bytes", cost.checkpoint_bytes},
                      {"kept_bytes", plan.kept_bytes[i]},
                      {"status", to_string(outlook.action)},
                      {"why", outlook.why},
                      {"from_epoch", outlook.from_epoch},
                      {"checkpoint", outlook.checkpoint.string()},
                      {"order", nullptr},
                      {"starts_after_s", nullptr},
                      {"is_stopped", false},
                      {"devices", nullptr},
                      {"expected",
                       {{"total_s", duration.total_s},
                        {"left_s", duration.left_s},
                        {"left_low_s", duration.left_low_s},
                        {"left_high_s", duration.left_high_s},
                        {"epoch_s", duration.epoch_s},
                        {"epochs", duration.epochs},
                        {"epoch_basis", to_string(duration.epoch_basis)},
                        {"epochs_basis", to_string(duration.epochs_basis)}}},
                      {"spec", trial.spec}};
        if (const auto start = starts.find(i); start != starts.end()) {
            entry["order"] = places[i];
            entry["starts_after_s"] = start->second->after_s;
            entry["is_stopped"] = start->second->is_stopped;
            entry["devices"] = start->second->devices;
        }
        trials.push_back(std::move(entry));
    }
    const Totals& totals = plan.totals;
    Json total = {{"trials", plan.sweep.trials.size()}, {"remaining", totals.remaining},
                  {"kept_bytes", totals.kept_bytes},    {"running_bytes", totals.running_bytes},
                  {"most_flops", totals.most_flops},    {"fits", totals.fits()}};
    total["free_bytes"] = totals.free_bytes ? Json(*totals.free_bytes) : Json();
    const Forecast& forecast = plan.forecast;
    return {
        {"sweep", plan.sweep.name},
        {"path", plan.sweep.path},
        {"overrides", plan.sweep.overrides},
        {"data", plan.sweep.data},
        {"trials", std::move(trials)},
        {"total", std::move(total)},
        {"course",
         {{"slots", plan.slots.count()},
          {"nodes", plan.slots.nodes},
          {"device", to_string(plan.slots.device_kind)},
          {"devices_per_trial", plan.slots.devices_per_trial == 0 ? Json("auto") : Json(plan.slots.devices_per_trial)},
          {"efficiency", plan.slots.speed.efficiency(std::max(plan.slots.devices_per_trial, 2))},
          {"makespan_s", forecast.makespan_s},
          {"makespan_low_s", forecast.makespan_low_s},
          {"makespan_high_s", forecast.makespan_high_s},
          {"lower_bound_s", forecast.lower_bound_s},
          {"longest_s", forecast.longest_s},
          {"total_s", forecast.total_s},
          {"time_limit_s", plan.time.limit_s ? Json(*plan.time.limit_s) : Json()},
          {"stopped", forecast.stopped()},
          {"not_started", forecast.not_started.size()},
          {"is_measured", forecast.is_measured}}},
        {"missing_classes", plan.missing_classes},
        {"difference", plan.difference ? json_of(*plan.difference, *plan.before) : Json()}};
}

}  // namespace attnsweep::runner
