// `attnsweep simulate`: how long a sweep takes on so many devices, by running the scheduler on a virtual clock. Runs no trial.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/tables/table.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/cli/sweep/simulated_sweep.h"
#include "runner/duration_text.h"
#include "runner/error.h"
#include "runner/value_checks.h"
#include "scheduler/paper_trials.h"

namespace attnsweep::runner {

namespace {

using Json = nlohmann::json;
using reports::number_cell;
using reports::text_cell;

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
    std::string none_left;
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
                const std::string words =
                    words_of_none_left(outcome, static_cast<std::size_t>(options.trials), devices, options);
                none_left = words.empty() ? none_left : words;
                const auto of_the_end = [&](const std::string& text) {
                    return words.empty() ? number_cell(text) : text_cell("never");
                };
                const std::string durations = known ? "known" : "distribution";
                table.rows.push_back(
                    {number_cell(std::to_string(devices)), text_cell(durations), text_cell(each.failures),
                     number_cell(std::to_string(outcome.node_failures)), of_the_end(duration_text(outcome.makespan_s)),
                     number_cell(duration_text(outcome.lower_bound_s)), of_the_end(percent(outcome.over_bound())),
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
                                 {"makespan_s", words.empty() ? Json(outcome.makespan_s) : Json()},
                                 {"lower_bound_s", outcome.lower_bound_s},
                                 {"longest_s", outcome.longest_s},
                                 {"over_bound", words.empty() ? Json(outcome.over_bound()) : Json()},
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
    if (!none_left.empty()) {
        table.notes.push_back(none_left);
    }
    write(table, {{"trials", options.trials}, {"seed", options.seed}, {"cases", std::move(cases)}}, options.format);
    if (!none_left.empty() && options.repair_min <= 0) {
        throw Error(none_left, exit_no_device);
    }
    return exit_done;
}

// ---- the user's sweep ---------------------------------------------------------------------------------------------

int show_sweep(const SimulateOptions& options)
{
    std::vector<std::optional<double>> efficiencies(options.efficiencies.begin(), options.efficiencies.end());
    if (efficiencies.empty()) {
        efficiencies.emplace_back();
    }
    reports::Table table;
    table.columns = {{"devices"}, {"as planned"},     {"ends after"},   {"5 %"},
                     {"95 %"},    {"over the bound"}, {"node failures"}};
    Json rows = Json::array();
    SweepToSimulate remaining;
    for (const std::optional<double>& efficiency : efficiencies) {
        remaining = sweep_to_simulate(options, efficiency);
        const int each = remaining.sweep.execution.devices_per_trial;
        const double shown_efficiency = efficiency.value_or(remaining.speed.efficiency(2));
        for (const int devices : options.devices.empty() ? std::vector<int>{8, 16, 64} : options.devices) {
            const SimulatedEnds ends = ends_of(remaining, options, devices, each);
            std::vector<reports::Cell> cells = {number_cell(std::to_string(devices)),
                                                number_cell(duration_text(ends.planned_s)),
                                                number_cell(duration_text(ends.median_s)),
                                                number_cell(duration_text(ends.low_s)),
                                                number_cell(duration_text(ends.high_s)),
                                                number_cell(percent(ends.over_bound)),
                                                number_cell(fmt::format("{:.2f}", ends.node_failures))};
            Json row = {{"devices", devices},
                        {"planned_s", ends.planned_s},
                        {"makespan_s", ends.median_s},
                        {"makespan_low_s", ends.low_s},
                        {"makespan_high_s", ends.high_s},
                        {"over_bound", ends.over_bound},
                        {"node_failures", ends.node_failures}};
            if (each != 1) {
                row["efficiency"] = shown_efficiency;
                cells.push_back(number_cell(fmt::format("{:.2f}", shown_efficiency)));
            }
            if (each == 0) {
                const SimulatedEnds single = ends_of(remaining, options, devices, 1);
                row["on_several"] = ends.on_several;
                row["single_makespan_s"] = single.median_s;
                cells.push_back(number_cell(fmt::format("{:.1f}", ends.on_several)));
                cells.push_back(number_cell(duration_text(single.median_s)));
            }
            table.rows.push_back(std::move(cells));
            rows.push_back(std::move(row));
        }
    }
    const int each = remaining.sweep.execution.devices_per_trial;
    table.title = fmt::format("Sweep {} ({}): {} of {} trials to go", remaining.sweep.name, remaining.sweep.path,
                              remaining.trials.size(), remaining.sweep.trials.size());
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
    if (each != 1) {
        table.columns.push_back({"efficiency"});
        table.notes.push_back(
            options.efficiencies.empty()
                ? remaining.speed_in_words
                : "Efficiency e: each doubling of a trial's devices makes its epochs 2 e times as fast, as given.");
    }
    if (each == 0) {
        table.columns.push_back({"on several"});
        table.columns.push_back({"one each"});
        table.notes.emplace_back("On several: trials that were given several devices, on average. One each: the median "
                                 "end with execution.devices_per_trial = 1.");
    } else if (each > 1) {
        table.notes.push_back(fmt::format("Each trial is on {} devices; the bound is of such groups.", each));
    }
    write(table,
          {{"sweep", remaining.sweep.name},
           {"remaining", remaining.trials.size()},
           {"seeds", options.seeds},
           {"seed", options.seed},
           {"devices_per_trial", each == 0 ? Json("auto") : Json(each)},
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
    options->store = default_store();
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
    command->add_option("--devices-per-trial", options->devices_per_trial,
                        "Devices of a node that train a trial together: a number, or auto; default: the sweep's "
                        "(execution.devices_per_trial)");
    const CLI::Option* efficiency =
        command
            ->add_option("--efficiency", options->efficiencies,
                         "Efficiency of each doubling of a trial's devices, comma separated: 1: twice as fast, 0.5: no "
                         "faster; default: as measured in the store, else 0.8")
            ->delimiter(',')
            ->check(CLI::Range(0.01, 1.5));
    const CLI::Option* trials = command->add_option("--trials", options->trials, "Number of trials, without a sweep")
                                    ->check(CLI::Range(1, 1'000'000))
                                    ->capture_default_str();
    command->add_option("--failures", options->failures, "Node failures per 1,000 node-days")
        ->check(wrong_amount)
        ->capture_default_str();
    command->add_option("--repair", options->repair_min, "Minutes until a failed node is back; 0: never")
        ->check(wrong_amount)
        ->capture_default_str();
    command->add_option("--seed", options->seed, "The first seed")->check(wrong_seed)->capture_default_str();
    command->add_option("--seeds", options->seeds, "Number of simulations per interval, with a sweep")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer(
        "Examples:\n"
        "  attnsweep simulate\n"
        "  attnsweep simulate --devices 1024,4096 --trials 100000 --failures 6.5 --seed 1\n"
        "  attnsweep simulate configs/paper.toml --data shards/ --store results.db --devices 8,16,64\n"
        "  attnsweep simulate configs/paper.toml --data shards/ --devices-per-trial auto --efficiency 1,0.8,0.5");
    command->callback([&chosen, options, sweep, trials, efficiency] {
        const bool with_sweep = sweep->count() > 0;
        if (with_sweep && options->data.empty()) {
            throw CLI::ValidationError("simulate needs --data SHARDS with a sweep, for example: attnsweep simulate "
                                       "configs/paper.toml --data shards/");
        }
        if (with_sweep && trials->count() > 0) {
            throw CLI::ValidationError("--trials is for simulating without a sweep file: leave one of them out");
        }
        if (!with_sweep && (efficiency->count() > 0 || !options->devices_per_trial.empty())) {
            throw CLI::ValidationError(
                "--devices-per-trial and --efficiency are for the trials of a sweep: give its file and --data, too");
        }
        if (!with_sweep && !options->data.empty()) {
            throw CLI::ValidationError(
                "--data needs a sweep file: attnsweep simulate configs/paper.toml --data shards/");
        }
        chosen = [options, with_sweep] { return with_sweep ? show_sweep(*options) : show_paper_case(*options); };
    });
}

}  // namespace attnsweep::runner
