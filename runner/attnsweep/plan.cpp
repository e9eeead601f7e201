// `attnsweep plan`: what a sweep would run, what it costs, and what of it is done. Runs nothing.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/keys.h"
#include "configs/names.h"
#include "configs/sweep.h"
#include "data/data_set.h"
#include "model/cost.h"
#include "model/error.h"
#include "reports/store.h"
#include "reports/table.h"
#include "runner/attnsweep/command.h"
#include "runner/error.h"

namespace attnsweep::runner {

namespace {

struct PlanOptions {
    std::string sweep, data, store = default_store(), format = "table", help_keys;
    std::vector<std::string> overrides;
};

/// One trial, its price and where it stands.
struct PlannedTrial {
    const configs::Trial* trial = nullptr;
    model::Cost cost;
    std::int64_t kept_bytes = 0;  // after its end
    std::string status = "to run";
    int from_epoch = 0;  // resumes
    bool remains = true;
};

/// Checkpoints hold the best weights so far beside the weights and the optimizer's state.
std::int64_t checkpoint_file_bytes(const model::Cost& cost)
{
    return cost.checkpoint_bytes + cost.weights_bytes;
}

/// Two checkpoints stay while a third is written.
std::int64_t running_bytes(const model::Cost& cost)
{
    return 3 * checkpoint_file_bytes(cost);
}

std::int64_t kept_bytes(const model::Cost& cost, const std::string& keep)
{
    if (keep == "none")
        return 0;
    if (keep == "last" || keep == "best")
        return cost.weights_bytes;
    return 2 * cost.weights_bytes + (keep == "all" ? 2 * checkpoint_file_bytes(cost) : 0);
}

std::vector<PlannedTrial> priced(const configs::Sweep& sweep)
{
    std::map<std::string, model::Cost> known;  // repeats cost the same
    std::vector<PlannedTrial> planned;
    for (const configs::Trial& trial : sweep.trials) {
        auto found = known.find(trial.configuration);
        if (found == known.end()) {
            try {
                found = known.emplace(trial.configuration, model::cost_of(trial.spec)).first;
            } catch (const model::Error& error) {
                throw Error(sweep.path + ": trial " + trial.label + ": " + error.what(), exit_bad_input);
            }
        }
        PlannedTrial next;
        next.trial = &trial;
        next.cost = found->second;
        next.kept_bytes = kept_bytes(next.cost, sweep.execution.keep);
        planned.push_back(std::move(next));
    }
    return planned;
}

bool has_checkpoint(const reports::Store& store, const reports::TrialState& state)
{
    for (int attempt = 1; attempt <= state.attempts; ++attempt) {
        std::error_code ignored;
        for (const auto& entry :
             std::filesystem::directory_iterator(store.attempt_folder(state.id, attempt), ignored)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with("checkpoint-") && name.ends_with(".pt"))
                return true;
        }
    }
    return false;
}

void look_up(std::vector<PlannedTrial>& planned, const std::string& store_path)
{
    if (!std::filesystem::exists(store_path))
        return;
    const reports::Store store = reports::Store::open_to_read(store_path);
    std::vector<std::string> ids;
    for (const PlannedTrial& each : planned)
        ids.push_back(each.trial->id);
    const std::vector<reports::TrialState> states = store.states(ids);
    for (std::size_t i = 0; i < planned.size(); ++i) {
        const reports::TrialState& state = states[i];
        if (state.status == reports::Status::done) {
            planned[i].status = "done";
            planned[i].remains = false;
        } else if (std::filesystem::exists(store.pending_folder() / (state.id + ".json"))) {
            planned[i].status = "ended, not yet in the store";
        } else if (state.status == reports::Status::running) {
            planned[i].status = "running";
        } else if (state.status == reports::Status::failed) {
            planned[i].status = "failed: " + (state.last_failure ? state.last_failure->kind : std::string("unknown"));
        } else if (state.attempts > 0 && has_checkpoint(store, state)) {
            planned[i].status = "resumes";
            planned[i].from_epoch = state.last_epoch;
        }
    }
}

struct Totals {
    std::size_t trials = 0, remaining = 0;
    std::int64_t kept_bytes = 0;     // of what remains
    std::int64_t running_bytes = 0;  // of the largest that remains, on top, for each that runs at once
    double most_flops = 0;           // of what remains, when no trial stops early
    std::optional<std::int64_t> free_bytes;
    std::filesystem::path free_at;

    bool fits() const { return !free_bytes || kept_bytes + running_bytes <= *free_bytes; }
};

double training_clips(const configs::Sweep& sweep, const configs::DataSettings& data)
{
    return static_cast<double>(sweep.data.clips) * (1 - data.test_fraction) * (1 - data.validation_fraction);
}

Totals totals_of(const configs::Sweep& sweep, const std::vector<PlannedTrial>& planned, const std::string& store)
{
    Totals totals;
    totals.trials = planned.size();
    for (const PlannedTrial& each : planned) {
        if (!each.remains)
            continue;
        ++totals.remaining;
        totals.kept_bytes += each.kept_bytes;
        totals.running_bytes = std::max(totals.running_bytes, running_bytes(each.cost));
        totals.most_flops += each.cost.step_flops_per_sample * training_clips(sweep, each.trial->spec.data) *
                             each.trial->spec.training.max_epochs;
    }
    std::filesystem::path folder = std::filesystem::absolute(store).parent_path();
    while (!std::filesystem::exists(folder) && folder.has_relative_path())
        folder = folder.parent_path();
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(folder, failure);
    if (!failure)
        totals.free_bytes = static_cast<std::int64_t>(space.available);
    totals.free_at = folder;
    return totals;
}

std::string grouped(std::int64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, 1, ',');
    return digits;
}

std::string in_bytes(std::int64_t bytes)
{
    const auto number = static_cast<double>(bytes);
    if (number >= 1e9)
        return fmt::format("{:.1f} GB", number / 1e9);
    return number >= 1e7 ? fmt::format("{:.0f} MB", number / 1e6) : fmt::format("{:.1f} MB", number / 1e6);
}

std::string geometry_line(const configs::DataSetDescription& data)
{
    std::string shapes;
    for (const configs::SpectrogramSet& set : data.spectrograms)
        shapes += fmt::format("; {} {} x {}", configs::to_string(set.spectrogram), data.geometry.frames(),
                              data.geometry.bins(set.spectrogram));
    return fmt::format("Data: {}: {} clips of {} classes, {} Hz, hop {}{}.", data.path, grouped(data.clips),
                       data.classes.size(), data.geometry.sample_rate_hz, data.geometry.hop_samples, shapes);
}

std::string disk_line(const configs::Sweep& sweep, const Totals& totals)
{
    std::string line =
        fmt::format("Disk: {} stay at the end (checkpoint.keep = \"{}\"), and up to {} more for each trial that "
                    "runs at once (two checkpoints and the one being written, each with the best weights so far)",
                    in_bytes(totals.kept_bytes), sweep.execution.keep, in_bytes(totals.running_bytes));
    if (totals.free_bytes)
        line += fmt::format("; {} are free at {}", in_bytes(*totals.free_bytes), totals.free_at.string());
    return line + ".";
}

reports::Table table_of(const configs::Sweep& sweep, const std::vector<PlannedTrial>& planned, const Totals& totals)
{
    reports::Table table;
    table.title =
        fmt::format("Sweep {} ({}): {} trials, {} to go", sweep.name, sweep.path, totals.trials, totals.remaining);
    table.columns = {{"trial", false}, {"id", false},  {"parameters"},    {"GFLOP/step/sample"},
                     {"memory"},       {"checkpoint"}, {"stays on disk"}, {"status", false}};
    for (const PlannedTrial& each : planned) {
        const std::string status =
            each.from_epoch > 0 ? fmt::format("{} after epoch {}", each.status, each.from_epoch) : each.status;
        table.rows.push_back({reports::text_cell(each.trial->label), reports::text_cell(each.trial->id),
                              reports::number_cell(grouped(each.cost.parameters)),
                              reports::number_cell(fmt::format("{:.1f}", each.cost.step_flops_per_sample / 1e9)),
                              reports::number_cell(in_bytes(each.cost.peak_memory_bytes)),
                              reports::number_cell(in_bytes(each.cost.checkpoint_bytes)),
                              reports::number_cell(in_bytes(each.kept_bytes)), reports::text_cell(status)});
    }
    table.notes.push_back(geometry_line(sweep.data));
    table.notes.push_back(
        fmt::format("Work to go: {} TFLOP if no trial stops early.", grouped(std::llround(totals.most_flops / 1e12))));
    table.notes.push_back(disk_line(sweep, totals));
    if (!totals.fits())
        table.notes.push_back("WARNING: that does not fit. Free some space, give another --store, or keep less: --set "
                              "execution.keep=last");
    table.notes.push_back(
        "Memory is an estimate of a training process on the CPU. Checkpoint: weights and optimizer state.");
    return table;
}

nlohmann::json json_of(const configs::Sweep& sweep, const std::vector<PlannedTrial>& planned, const Totals& totals)
{
    nlohmann::json trials = nlohmann::json::array();
    for (const PlannedTrial& each : planned) {
        trials.push_back({{"label", each.trial->label},
                          {"id", each.trial->id},
                          {"configuration", each.trial->configuration},
                          {"repeat", each.trial->repeat},
                          {"parameters", each.cost.parameters},
                          {"step_flops_per_sample", each.cost.step_flops_per_sample},
                          {"attention_bytes", each.cost.attention_bytes},
                          {"peak_memory_bytes", each.cost.peak_memory_bytes},
                          {"weights_bytes", each.cost.weights_bytes},
                          {"checkpoint_bytes", each.cost.checkpoint_bytes},
                          {"kept_bytes", each.kept_bytes},
                          {"status", each.status},
                          {"from_epoch", each.from_epoch},
                          {"spec", each.trial->spec}});
    }
    nlohmann::json total = {{"trials", totals.trials},         {"remaining", totals.remaining},
                            {"kept_bytes", totals.kept_bytes}, {"running_bytes", totals.running_bytes},
                            {"most_flops", totals.most_flops}, {"fits", totals.fits()}};
    total["free_bytes"] = totals.free_bytes ? nlohmann::json(*totals.free_bytes) : nlohmann::json();
    return {{"sweep", sweep.name}, {"path", sweep.path},          {"overrides", sweep.overrides},
            {"data", sweep.data},  {"trials", std::move(trials)}, {"total", std::move(total)}};
}

int plan(const PlanOptions& options)
{
    if (!options.help_keys.empty()) {
        std::cout << (options.help_keys == "markdown" ? configs::keys_as_markdown() : configs::keys_as_text())
                  << std::flush;
        return exit_done;
    }
    if (options.sweep.empty() || options.data.empty())
        throw Error(
            "plan needs a sweep file and --data SHARDS, for example: attnsweep plan configs/paper.toml --data shards/",
            exit_usage);
    const configs::Sweep sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    std::vector<PlannedTrial> planned = priced(sweep);
    look_up(planned, options.store);
    const Totals totals = totals_of(sweep, planned, options.store);
    if (options.format == "json")
        std::cout << json_of(sweep, planned, totals).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  << "\n";
    else
        std::cout << reports::to_text(table_of(sweep, planned, totals));
    std::cout.flush();
    if (!std::cout)
        throw Error("cannot write to standard output");
    return exit_done;
}

}  // namespace

void add_plan(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<PlanOptions>();
    CLI::App* command =
        app.add_subcommand("plan", "Shows a sweep's trials, what they cost and what is done; runs nothing");
    command->add_option("SWEEP", options->sweep, "The sweep file, for example configs/paper.toml");
    command->add_option("--data", options->data, "The data set (a folder of shards)");
    command->add_option("--set", options->overrides, "KEY=VALUE: changes a key of the sweep file; may be given again")
        ->allow_extra_args(false);
    command
        ->add_option("--store", options->store,
                     "The store that knows what is done; need not be there (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->add_flag("--help-keys{text}", options->help_keys,
                      "Shows every key of a sweep file; --help-keys=markdown as a page");
    command->footer(
        "Examples:\n"
        "  attnsweep plan configs/paper.toml --data shards/\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set training.learning_rate=0.01 --set sweep.repeats=2\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set model.attention_ratio=[0,0.5] --format json");
    command->callback([&chosen, options] { chosen = [options] { return plan(*options); }; });
}

}  // namespace attnsweep::runner
