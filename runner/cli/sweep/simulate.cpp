// `attnsweep simulate`: how long a sweep takes on so many devices, by running the scheduler on a virtual clock. Runs no trial.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/sweep.h"
#include "data/data_set.h"
#include "reports/tables/table.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/duration_text.h"
#include "runner/error.h"
#include "runner/node/gpus.h"
#include "runner/planning/expected_duration.h"
#include "runner/planning/forecast.h"
#include "runner/planning/trial_survey.h"
#include "runner/value_checks.h"
#include "scheduler/paper_trials.h"
#include "scheduler/random_draws.h"
#include "scheduler/simulation.h"
#include "store/reading/epoch_times.h"
#include "store/reading/history.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;
using reports::number_cell;
using reports::text_cell;

struct SimulateOptions {
    std::string sweep, data, store = default_store(), format = "table";
    std::vector<std::string> overrides;
    std::vector<int> devices;  // empty: 4,096, or with a sweep 8, 16, 64
    int devices_per_node = 8, trials = 100'000, seeds = 20;
    unsigned seed = 1;
    double failures = 6.5, repair_min = 30;  // per 1,000 node-days, as clusters of GPUs report
};

scheduler::SimulatedCluster cluster_of(const SimulateOptions& options, int devices)
{
    scheduler::SimulatedCluster cluster;
    cluster.devices_per_node = std::min(devices, options.devices_per_node);
    if (devices % cluster.devices_per_node != 0) {
        throw Error(fmt::format("--devices {} is not a multiple of --devices-per-node {}: give the devices of whole "
                                "nodes",
                                devices, options.devices_per_node),
                    exit_usage);
    }
    cluster.nodes = devices / cluster.devices_per_node;
    cluster.failures_per_node_day = options.failures / 1000;
    cluster.repair_s = options.repair_min * 60;
    cluster.seed = options.seed;
    return cluster;
}

void write(const reports::Table& table, const Json& document, const std::string& format)
{
    if (format == "json") {
        std::cout << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    } else {
        std::cout << reports::to_text(table, 120);
    }
    finish_output();
}

std::string percent(double share)
{
    return fmt::format("{:.2f} %", 100 * share);
}

// ---- the machine's own limits: trials like the paper's, thousands of devices -------------------------------------

int show_paper_case(const SimulateOptions& options)
{
    struct Case {
        std::string failures;
        double per_node_day, repair_s;
    };
    reports::Table table;
    table.title = fmt::format("{} trials of the paper's ten configurations, seed {}", options.trials, options.seed);
    table.columns = {
        {"devices"}, {"durations", false}, {"failed nodes", false}, {"failures"}, {"ends after"}, {"bound"},
        {"over it"}, {"capacity lost"},    {"messages/s"},          {"busiest"},  {"rows/s"},     {"busiest"},
        {"memory"}};
    Json cases = Json::array();
    for (const int devices : options.devices.empty() ? std::vector<int>{4096} : options.devices) {
        const scheduler::SimulatedCluster asked = cluster_of(options, devices);
        std::vector<Case> failures{{"none", 0, 0}};
        if (asked.failures_per_node_day > 0 && asked.repair_s > 0) {
            failures.push_back(
                {fmt::format("back after {:g} min", options.repair_min), asked.failures_per_node_day, asked.repair_s});
        }
        if (asked.failures_per_node_day > 0) {
            failures.push_back({"never back", asked.failures_per_node_day, 0});
        }
        for (const bool known : {true, false}) {
            for (const Case& each : failures) {
                scheduler::SimulatedCluster cluster = asked;
                cluster.failures_per_node_day = each.per_node_day;
                cluster.repair_s = each.repair_s;
                const scheduler::SimulationOutcome outcome = scheduler::simulate(
                    scheduler::paper_trials(options.trials, known, scheduler::OrderBy::quantile, options.seed),
                    cluster);
                const double lost = outcome.down_s / (devices * outcome.makespan_s);
                const std::string durations = known ? "known" : "distribution";
                table.rows.push_back(
                    {number_cell(std::to_string(devices)), text_cell(durations), text_cell(each.failures),
                     number_cell(std::to_string(outcome.node_failures)), number_cell(duration_text(outcome.makespan_s)),
                     number_cell(duration_text(outcome.lower_bound_s)), number_cell(percent(outcome.over_bound())),
                     number_cell(percent(lost)), number_cell(fmt::format("{:.0f}", outcome.messages_a_s())),
                     number_cell(std::to_string(outcome.most_messages_a_s)),
                     number_cell(fmt::format("{:.0f}", outcome.rows_a_s())),
                     number_cell(std::to_string(outcome.most_rows_a_s)),
                     number_cell(fmt::format("{:.0f} MB", static_cast<double>(outcome.machine_bytes) / 1e6))});
                cases.push_back({{"devices", devices},
                                 {"durations", durations},
                                 {"failures_per_node_day", cluster.failures_per_node_day},
                                 {"repair_s", cluster.repair_s},
                                 {"node_failures", outcome.node_failures},
                                 {"makespan_s", outcome.makespan_s},
                                 {"lower_bound_s", outcome.lower_bound_s},
                                 {"longest_s", outcome.longest_s},
                                 {"over_bound", outcome.over_bound()},
                                 {"capacity_lost", lost},
                                 {"done", outcome.done},
                                 {"attempts", outcome.attempts},
                                 {"trained_twice_s", outcome.lost_s},
                                 {"messages_a_s", outcome.messages_a_s()},
                                 {"most_messages_a_s", outcome.most_messages_a_s},
                                 {"rows_a_s", outcome.rows_a_s()},
                                 {"most_rows_a_s", outcome.most_rows_a_s},
                                 {"machine_bytes", outcome.machine_bytes}});
            }
        }
    }
    table.notes = {
        "Bound: the longest trial, or all work evenly spread over all devices; no order is faster.",
        "Messages and rows at rank 0; busiest: the second in which everything starts. Epochs count as evenly "
        "spread.",
        "Durations and the spread of epochs are modelled on the paper's Figure 2, none is measured."};
    write(table, {{"trials", options.trials}, {"seed", options.seed}, {"cases", std::move(cases)}}, options.format);
    return exit_done;
}

// ---- the user's sweep ---------------------------------------------------------------------------------------------

struct Remaining {
    configs::Sweep sweep;
    std::vector<std::size_t> trials;  // of the sweep
    std::vector<ExpectedDuration> durations;
    std::vector<TrialOutlook> outlooks;
    configs::DeviceKind device_kind = configs::DeviceKind::cpu;
    double around_epochs_s = 0;
    std::string around_epochs;  // DurationModel::around_epochs_in_words
    int epochs_measured = 0, epochs_scaled = 0, epochs_guessed = 0, counts_guessed = 0;  // trials
};

Remaining remaining_of(const SimulateOptions& options)
{
    Remaining remaining;
    remaining.sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    std::optional<store::Store> store;
    std::optional<store::RevisionEntry> before;
    std::vector<store::EpochTimes> measured;
    std::optional<double> around_epochs_s;
    remaining.device_kind = device_kind_of(remaining.sweep.execution.device, !visible_gpus().empty());
    if (std::filesystem::exists(options.store)) {
        store = store::Store::open_to_read(options.store);
        measured = store::epoch_times(*store);
        around_epochs_s = store::time_around_epochs(*store, remaining.device_kind);
        before = store::newest_revision(*store, remaining.sweep.name);
    }
    const std::vector<TrialOutlook> all =
        outlooks_of(remaining.sweep, store ? &*store : nullptr, before ? &*before : nullptr);
    const DurationModel model(remaining.sweep, remaining.device_kind, measured, around_epochs_s);
    remaining.around_epochs_s = model.around_epochs_s();
    remaining.around_epochs = model.around_epochs_in_words();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!all[i].remains()) {
            continue;
        }
        const ExpectedDuration& duration =
            remaining.durations.emplace_back(model.of(remaining.sweep.trials[i], all[i].epochs_done));
        remaining.trials.push_back(i);
        remaining.outlooks.push_back(all[i]);
        ++(duration.epoch_basis == Basis::measured ? remaining.epochs_measured
           : duration.epoch_basis == Basis::scaled ? remaining.epochs_scaled
                                                   : remaining.epochs_guessed);
        remaining.counts_guessed += duration.epochs_basis == Basis::guess ? 1 : 0;
    }
    return remaining;
}

/// Draws the durations for one seed, nine of ten between low and high. The error of a guessed epoch time is the same for all
/// trials; that of a measured one, and of the number of epochs, is drawn per trial.
std::vector<scheduler::SimulatedTrial> drawn(const Remaining& remaining, unsigned seed)
{
    std::mt19937_64 random(seed);
    constexpr double deviate_of_bounds = 1.645;
    const double shared = scheduler::standard_normal(random);
    std::vector<scheduler::SimulatedTrial> trials;
    for (std::size_t i = 0; i < remaining.trials.size(); ++i) {
        const ExpectedDuration& duration = remaining.durations[i];
        const configs::Trial& trial = remaining.sweep.trials[remaining.trials[i]];
        const double own = scheduler::standard_normal(random);
        const double deviate = duration.is_measured()                    ? own
                               : duration.epochs_basis == Basis::certain ? shared
                                                                         : (shared + own) / std::sqrt(2.0);
        const double bound = deviate > 0 ? duration.left_high_s : duration.left_low_s;
        scheduler::SimulatedTrial& simulated = trials.emplace_back();
        simulated.planned.id = trial.id;
        simulated.planned.configuration = trial.configuration;
        simulated.planned.expected = duration.left_s;
        simulated.planned.is_begun = remaining.outlooks[i].has_begun();
        simulated.duration_s =
            duration.left_s * std::pow(bound / duration.left_s, std::abs(deviate) / deviate_of_bounds);
        simulated.epochs = std::max(1, static_cast<int>(std::lround(duration.epochs)));
    }
    return trials;
}

int show_sweep(const SimulateOptions& options)
{
    const Remaining remaining = remaining_of(options);
    reports::Table table;
    table.title = fmt::format("Sweep {} ({}): {} of {} trials to go", remaining.sweep.name, remaining.sweep.path,
                              remaining.trials.size(), remaining.sweep.trials.size());
    table.columns = {{"devices"}, {"as planned"},     {"ends after"},   {"5 %"},
                     {"95 %"},    {"over the bound"}, {"node failures"}};
    Json rows = Json::array();
    for (const int devices : options.devices.empty() ? std::vector<int>{8, 16, 64} : options.devices) {
        scheduler::SimulatedCluster cluster = cluster_of(options, devices);
        cluster.startup_s = remaining.around_epochs_s;
        cluster.checkpoint_every_s = remaining.sweep.execution.checkpoint_every_s;
        SlotsPlanned slots;
        slots.nodes = cluster.nodes;
        slots.on_a_node = cluster.devices_per_node;
        const double planned_s = forecast_of(remaining.outlooks, remaining.durations, slots).makespan_s;
        std::vector<double> ends;
        double over = 0, failures = 0;
        for (int i = 0; i < options.seeds && !remaining.trials.empty(); ++i) {
            cluster.seed = options.seed + static_cast<unsigned>(i);
            const scheduler::SimulationOutcome outcome = scheduler::simulate(drawn(remaining, cluster.seed), cluster);
            ends.push_back(outcome.makespan_s);
            over += outcome.over_bound() / options.seeds;
            failures += static_cast<double>(outcome.node_failures) / options.seeds;
        }
        std::sort(ends.begin(), ends.end());
        const auto at = [&](double share) {
            return ends.empty()
                       ? 0
                       : ends[static_cast<std::size_t>(std::lround(share * static_cast<double>(ends.size() - 1)))];
        };
        table.rows.push_back({number_cell(std::to_string(devices)), number_cell(duration_text(planned_s)),
                              number_cell(duration_text(at(0.5))), number_cell(duration_text(at(0.05))),
                              number_cell(duration_text(at(0.95))), number_cell(percent(over)),
                              number_cell(fmt::format("{:.2f}", failures))});
        rows.push_back({{"devices", devices},
                        {"planned_s", planned_s},
                        {"makespan_s", at(0.5)},
                        {"makespan_low_s", at(0.05)},
                        {"makespan_high_s", at(0.95)},
                        {"over_bound", over},
                        {"node_failures", failures}});
    }
    table.notes = {
        fmt::format(
            "Epoch times: of {} trials measured in this store, of {} guessed and scaled to what others measured "
            "(within 2 times), of {} guessed (wrong by up to 3 times either way). Numbers of epochs: of {} trials "
            "guessed as in the paper's Figure 2, of {} measured or set.",
            remaining.epochs_measured, remaining.epochs_scaled, remaining.epochs_guessed, remaining.counts_guessed,
            remaining.trials.size() - static_cast<std::size_t>(remaining.counts_guessed)),
        remaining.around_epochs,
        "As planned: each trial takes what is expected and nothing fails, as `attnsweep plan` says on as many slots.",
        fmt::format("Median and interval of {} simulations from seed {}, durations drawn from what is known of them; "
                    "{:g} failures per 1,000 node-days, {}, a checkpoint every {}.",
                    options.seeds, options.seed, options.failures,
                    options.repair_min > 0 ? fmt::format("a failed node back after {:g} min", options.repair_min)
                                           : "no failed node back",
                    duration_text(remaining.sweep.execution.checkpoint_every_s))};
    write(table,
          {{"sweep", remaining.sweep.name},
           {"remaining", remaining.trials.size()},
           {"seeds", options.seeds},
           {"seed", options.seed},
           {"basis",
            {{"around_epochs_s", remaining.around_epochs_s},
             {"epoch_times_measured", remaining.epochs_measured},
             {"epoch_times_scaled", remaining.epochs_scaled},
             {"epoch_times_guessed", remaining.epochs_guessed},
             {"epochs_guessed", remaining.counts_guessed}}},
           {"devices", std::move(rows)}},
          options.format);
    return exit_done;
}

}  // namespace

void add_simulate(CLI::App& app, Command& chosen)
{
    auto options = std::make_shared<SimulateOptions>();
    CLI::App* command = app.add_subcommand(
        "simulate",
        "Simulates how long a sweep takes on so many devices, with the scheduler on a virtual clock; runs no trial");
    const CLI::Option* sweep = command->add_option(
        "SWEEP", options->sweep, "The sweep file; without one, trials like the paper's on a large cluster");
    command->add_option("--data", options->data, "The data set (a folder of shards)");
    command->add_option("--set", options->overrides, "KEY=VALUE: changes a key of the sweep file; may be repeated")
        ->allow_extra_args(false);
    command
        ->add_option("--store", options->store,
                     "The store with what is done and measured; need not exist (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command
        ->add_option("--devices", options->devices,
                     "Numbers of devices, comma separated: 8,16,64 (without a sweep: 4096)")
        ->delimiter(',')
        ->check(wrong_whole_numbers);
    command->add_option("--devices-per-node", options->devices_per_node, "Devices that fail together")
        ->check(wrong_whole_number)
        ->capture_default_str();
    const CLI::Option* trials = command->add_option("--trials", options->trials, "Number of trials, without a sweep")
                                    ->check(CLI::Range(1, 1'000'000))
                                    ->capture_default_str();
    command->add_option("--failures", options->failures, "Node failures per 1,000 node-days")
        ->check(wrong_amount)
        ->capture_default_str();
    command->add_option("--repair", options->repair_min, "Minutes until a failed node is back; 0: never")
        ->check(wrong_amount)
        ->capture_default_str();
    command->add_option("--seed", options->seed, "The first seed")->capture_default_str();
    command->add_option("--seeds", options->seeds, "Number of simulations per interval, with a sweep")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer("Examples:\n"
                    "  attnsweep simulate\n"
                    "  attnsweep simulate --devices 1024,4096 --trials 100000 --failures 6.5 --seed 1\n"
                    "  attnsweep simulate configs/paper.toml --data shards/ --store results.db --devices 8,16,64");
    command->callback([&chosen, options, sweep, trials] {
        const bool with_sweep = sweep->count() > 0;
        if (with_sweep && options->data.empty()) {
            throw CLI::ValidationError("simulate needs --data SHARDS with a sweep, for example: attnsweep simulate "
                                       "configs/paper.toml --data shards/");
        }
        if (with_sweep && trials->count() > 0) {
            throw CLI::ValidationError("--trials is for simulating without a sweep file: leave one of them out");
        }
        if (!with_sweep && !options->data.empty()) {
            throw CLI::ValidationError(
                "--data needs a sweep file: attnsweep simulate configs/paper.toml --data shards/");
        }
        chosen = [options, with_sweep] { return with_sweep ? show_sweep(*options) : show_paper_case(*options); };
    });
}

}  // namespace attnsweep::runner
