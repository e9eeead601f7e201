// `attnsweep plan`: what the next run of a sweep would do, in which order, how long and why. Runs nothing.
#include <algorithm>
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
#include "configs/sweep.h"
#include "data/data_set.h"
#include "model/cost.h"
#include "model/error.h"
#include "reports/epoch_times.h"
#include "reports/store.h"
#include "runner/attnsweep/command.h"
#include "runner/attnsweep/plan_output.h"
#include "runner/disk_need.h"
#include "runner/error.h"
#include "runner/run/node.h"

namespace attnsweep::runner {

namespace {

struct PlanOptions {
    std::string sweep, data, store = default_store(), format = "table", help_keys;
    std::vector<std::string> overrides;
    int slots = 0;  // on a node; 0: as many as this machine has
    int nodes = 1;
};

std::vector<model::Cost> costs_of(const configs::Sweep& sweep)
{
    std::map<std::string, model::Cost> known;  // repeats cost the same
    std::vector<model::Cost> costs;
    for (const configs::Trial& trial : sweep.trials) {
        auto found = known.find(trial.configuration);
        if (found == known.end()) {
            try {
                found = known.emplace(trial.configuration, model::cost_of(trial.spec)).first;
            } catch (const model::Error& error) {
                throw Error(sweep.path + ": trial " + trial.label + ": " + error.what(), exit_bad_input);
            }
        }
        costs.push_back(found->second);
    }
    return costs;
}

double training_clips(const configs::Sweep& sweep, const configs::DataSettings& data)
{
    return static_cast<double>(sweep.data.clips) * (1 - data.test_fraction) * (1 - data.validation_fraction);
}

Totals totals_of(const Plan& plan, const std::string& store)
{
    Totals totals;
    for (std::size_t i = 0; i < plan.costs.size(); ++i) {
        if (!plan.standings[i].remains())
            continue;
        ++totals.remaining;
        const configs::TrialSpec& spec = plan.sweep.trials[i].spec;
        totals.kept_bytes += plan.kept_bytes[i];
        totals.running_bytes = std::max(totals.running_bytes, running_bytes(plan.costs[i]));
        totals.most_flops +=
            plan.costs[i].step_flops_per_sample * training_clips(plan.sweep, spec.data) * spec.training.max_epochs;
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

SlotsPlanned slots_planned(const PlanOptions& options, const configs::Sweep& sweep,
                           const std::vector<model::Cost>& costs)
{
    std::int64_t memory_bytes = 0;
    for (const model::Cost& cost : costs)
        memory_bytes = std::max(memory_bytes, cost.peak_memory_bytes);
    SlotsPlanned planned;
    planned.nodes = options.nodes;
    planned.device_kind = device_kind_of(sweep.execution.device, !visible_gpus().empty());
    if (options.slots > 0) {
        planned.on_a_node = options.slots;  // of another machine perhaps: nothing of this one is asked
        planned.description = fmt::format("{} slot{}", options.slots, options.slots == 1 ? "" : "s");
    } else {
        const Slots here = slots_of(this_node(launch_from_environment()), sweep.execution.device,
                                    sweep.execution.threads, 0, memory_bytes);
        planned.on_a_node = here.count;
        planned.description = here.description + (options.nodes > 1 ? " as here" : " of this machine");
    }
    if (options.nodes > 1)
        planned.description = fmt::format("{} nodes of {}", options.nodes, planned.description);
    return planned;
}

Plan plan_of(const PlanOptions& options)
{
    Plan plan;
    plan.sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    plan.costs = costs_of(plan.sweep);
    for (const model::Cost& cost : plan.costs)
        plan.kept_bytes.push_back(kept_bytes(cost, plan.sweep.execution.keep));

    std::optional<reports::Store> store;
    std::vector<reports::EpochTimes> measured;
    if (std::filesystem::exists(options.store)) {
        store = reports::Store::open_to_read(options.store);
        measured = reports::epoch_times(*store);
        plan.before = reports::newest_revision(*store, plan.sweep.name);
    }
    if (plan.before)
        plan.difference = difference_of(plan.sweep, *plan.before);
    plan.standings = standings(plan.sweep, store ? &*store : nullptr, plan.before ? &*plan.before : nullptr);

    plan.slots = slots_planned(options, plan.sweep, plan.costs);
    const DurationModel model(plan.sweep, plan.slots.device_kind, measured);
    for (std::size_t i = 0; i < plan.sweep.trials.size(); ++i)
        plan.durations.push_back(model.of(plan.sweep.trials[i], plan.standings[i].epochs_done));
    plan.course = course_of(plan.standings, plan.durations, plan.slots.count());
    plan.totals = totals_of(plan, options.store);
    return plan;
}

int show_plan(const PlanOptions& options)
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
    const Plan plan = plan_of(options);
    if (options.format == "json")
        std::cout << json_of(plan).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    else
        std::cout << reports::to_text(table_of(plan));
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
        app.add_subcommand("plan", "Shows what the next run would do: order, time, cost, what changed; runs nothing");
    command->add_option("SWEEP", options->sweep, "The sweep file, for example configs/paper.toml");
    command->add_option("--data", options->data, "The data set (a folder of shards)");
    command->add_option("--set", options->overrides, "KEY=VALUE: changes a key of the sweep file; may be given again")
        ->allow_extra_args(false);
    command
        ->add_option("--store", options->store,
                     "The store that knows what is done, or a folder of parts; need not be there (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command
        ->add_option("--slots", options->slots,
                     "Trials at once on a node; by default as many as this machine would run")
        ->check(CLI::PositiveNumber);
    command->add_option("--nodes", options->nodes, "Nodes with as many slots each")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->add_flag("--help-keys{text}", options->help_keys,
                      "Shows every key of a sweep file; --help-keys=markdown as a page");
    command->footer(
        "Examples:\n"
        "  attnsweep plan configs/paper.toml --data shards/\n"
        "  attnsweep plan configs/paper.toml --data shards/ --slots 8 --nodes 2\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set training.learning_rate=0.01 --set sweep.repeats=2\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set model.attention_ratio=[0,0.5] --format json");
    command->callback([&chosen, options] { chosen = [options] { return show_plan(*options); }; });
}

}  // namespace attnsweep::runner
