// `attnsweep plan`: what the next run of a sweep would do, in which order, how long and why. Runs nothing.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "configs/key_reference.h"
#include "configs/names.h"
#include "configs/network_rules.h"
#include "configs/override.h"
#include "configs/sweep.h"
#include "data/data_set.h"
#include "model/cost.h"
#include "model/error.h"
#include "runner/cli/command.h"
#include "runner/cli/standard_output.h"
#include "runner/cli/store_option.h"
#include "runner/cli/sweep/plan_output.h"
#include "runner/error.h"
#include "runner/node/gpus.h"
#include "runner/node/node.h"
#include "runner/node/preflight.h"
#include "runner/node/slots.h"
#include "runner/planning/disk_need.h"
#include "runner/planning/expected_memory.h"
#include "runner/planning/only_trials.h"
#include "runner/planning/run_refusals.h"
#include "runner/planning/time_limit.h"
#include "runner/planning/trial_survey.h"
#include "runner/planning/trial_timing.h"
#include "runner/value_checks.h"
#include "store/reading/epoch_times.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

struct PlanOptions {
    std::string sweep, data, store = default_store(), format = "table", help_keys, name;
    std::vector<std::string> overrides;
    int slots = 0;  // on a node; 0: as many as this machine has
    int nodes = 1;
    int slots_per_device = 0;  // 0: the sweep's
    std::string time_limit;    // empty: the job's, if this is one
    double grace_s = 60;
    OnlyTrials only;
    bool all = false;
};

std::vector<model::Cost> costs_of(const configs::Sweep& sweep, configs::DeviceKind device_kind,
                                  ExpectedMemory& expected)
{
    std::map<std::string, model::Cost> known;  // repeats cost the same
    std::vector<model::Cost> costs;
    for (const configs::Trial& trial : sweep.trials) {
        auto found = known.find(trial.configuration);
        if (found == known.end()) {
            try {
                const auto attention = configs::attention_choice(sweep.execution.attention_implementation,
                                                                 trial.spec.training.precision, device_kind);
                found = known.emplace(trial.configuration, model::cost_of(trial.spec, attention)).first;
                found->second.peak_memory_bytes += expected.added_bytes(trial);
            } catch (const model::Error& error) {
                throw Error(sweep.path + ": trial " + trial.label + ": " + error.what(), exit_bad_input);
            }
        }
        costs.push_back(found->second);
    }
    return costs;
}

Totals totals_of(const Plan& plan, const std::string& store)
{
    Totals totals;
    for (std::size_t i = 0; i < plan.costs.size(); ++i) {
        if (!plan.outlooks[i].remains()) {
            continue;
        }
        ++totals.remaining;
        const configs::TrialSpec& spec = plan.sweep.trials[i].spec;
        totals.kept_bytes += plan.kept_bytes[i];
        totals.running_bytes = std::max(totals.running_bytes, running_bytes(plan.costs[i]));
        totals.most_flops += plan.costs[i].step_flops_per_sample * training_clips(plan.sweep.data.clips, spec.data) *
                             spec.training.max_epochs;
    }
    const std::filesystem::path folder = existing_folder_above(store);
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(folder, failure);
    if (!failure) {
        totals.free_bytes = static_cast<std::int64_t>(space.available);
    }
    totals.free_at = folder;
    return totals;
}

SlotsPlanned slots_planned(const PlanOptions& options, const configs::Sweep& sweep)
{
    SlotsPlanned planned;
    planned.nodes = options.nodes;
    const std::vector<Gpu> gpus = visible_gpus();
    planned.device_kind = device_kind_of(sweep.execution.device, !gpus.empty());
    if (options.slots > 0) {
        planned.on_a_node = options.slots;  // perhaps of another machine: this one is not inspected
        planned.description = fmt::format("{} slot{}", options.slots, options.slots == 1 ? "" : "s");
    } else {
        const Node node = this_node(launch_from_environment());
        if (const std::string wrong = too_many_threads(node, sweep.execution.threads); !wrong.empty()) {
            std::fputs(fmt::format("attnsweep: note: a run on this machine would be refused: {}\n", wrong).c_str(),
                       stderr);
        }
        const Slots here =
            slots_of(node, sweep.execution.device, gpus, sweep.execution.threads, 0, sweep.execution.slots_per_device);
        planned.on_a_node = here.count;
        planned.devices = here.devices();
        planned.of_cores = here.gpus.empty();
        planned.one_each = here.one_each();
        planned.memory = {here.device_bytes(), here.host_bytes};
        planned.bytes_of_devices = here.bytes_of_devices;
        planned.description = here.description + (options.nodes > 1 ? " as here" : " of this machine");
    }
    refuse_too_few_devices(sweep.execution.devices_per_trial, planned.most_together(),
                           options.slots > 0 ? "by --slots" : "this machine");
    if (options.nodes > 1) {
        planned.description = fmt::format("{} nodes of {}", options.nodes, planned.description);
    }
    planned.devices_per_trial = sweep.execution.devices_per_trial;
    return planned;
}

void plan_time(Plan& plan, const PlanOptions& options)
{
    plan.limit = options.time_limit.empty() ? job_time() : JobTime{time_limit_s(options.time_limit), "--time-limit"};
    plan.time = {plan.limit.left_s, options.grace_s, plan.sweep.execution.checkpoint_every_s};
    double first_s = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
        if (plan.outlooks[i].remains()) {
            first_s = std::min(first_s, first_checkpoint_s(plan.time.checkpoint_every_s, plan.durations[i].epoch_s));
        }
    }
    if (std::isfinite(first_s)) {
        plan.too_short = too_short_for_any(plan.limit, options.grace_s, first_s);
    }
}

/// Throws what the run would be refused for, once it is known what is left to run; fills in the missing classes.
void refuse_what_run_refuses(Plan& plan, const std::string& data, bool reads_shards)
{
    std::set<configs::Spectrogram> kinds;
    std::set<std::string> precisions;
    for (std::size_t i = 0; i < plan.outlooks.size(); ++i) {
        if (plan.outlooks[i].remains()) {
            kinds.insert(plan.sweep.trials[i].spec.data.spectrogram);
            precisions.insert(configs::to_string(plan.sweep.trials[i].spec.training.precision));
        }
    }
    if (plan.slots.device_kind == configs::DeviceKind::cpu) {
        const PrecisionProblem problem = precision_problem_on_cpu({precisions.begin(), precisions.end()});
        if (!problem.wrong.empty()) {
            throw Error(fmt::format("{}: {}; {}", plan.sweep.path, problem.wrong, problem.remedy), exit_usage);
        }
    }
    if (reads_shards) {
        refuse_unreadable_data(data, {kinds.begin(), kinds.end()});
        plan.missing_classes =
            SplitCheck(data).refuse_empty(plan.sweep, [&](std::size_t i) { return plan.outlooks[i].remains(); });
    }
}

std::vector<scheduler::Memory> memory_of_trials(const configs::Sweep& sweep, ExpectedMemory& expected)
{
    std::vector<scheduler::Memory> memory;
    for (const configs::Trial& trial : sweep.trials) {
        memory.push_back(expected.of(trial));
    }
    return memory;
}

Plan plan_of(const PlanOptions& options, bool reads_shards)
{
    Plan plan;
    refuse_store_that_cannot_be_made(options.store);
    plan.sweep = configs::read_sweep(options.sweep, options.overrides, data::describe(options.data));
    if (options.slots_per_device > 0) {
        plan.sweep.execution.slots_per_device = options.slots_per_device;
    }
    const std::unordered_set<std::string> chosen = ids_of(options.only, plan.sweep);

    std::optional<store::Store> store;
    std::vector<store::EpochTimes> measured;
    std::optional<double> around_epochs_s;
    plan.slots = slots_planned(options, plan.sweep);
    if (std::filesystem::exists(options.store)) {
        store = store::Store::open_to_read(options.store);
        say_age(*store);
        measured = store::epoch_times(*store);
        around_epochs_s = store::time_around_epochs(*store, plan.slots.device_kind);
        plan.before = store::newest_revision(*store, plan.sweep.name);
    }
    if (plan.before) {
        plan.difference = difference_of(plan.sweep, *plan.before);
    }
    if (std::string words = keep_only(plan.sweep, options.only, chosen); !words.empty()) {
        std::fputs(fmt::format("attnsweep: {}\n", words).c_str(), stderr);
    }
    ExpectedMemory expected(plan.sweep.execution, plan.sweep.data.clips, plan.slots.device_kind,
                            smallest_gpu_bytes(visible_gpus()));
    plan.costs = costs_of(plan.sweep, plan.slots.device_kind, expected);
    for (const model::Cost& cost : plan.costs) {
        plan.kept_bytes.push_back(kept_bytes(cost, plan.sweep.execution.keep));
    }
    plan.outlooks = outlooks_of(plan.sweep, store ? &*store : nullptr, plan.before ? &*plan.before : nullptr);

    refuse_what_run_refuses(plan, options.data, reads_shards);
    const DurationModel model(plan.sweep, plan.slots.device_kind, measured, around_epochs_s);
    plan.around_epochs = model.around_epochs_in_words();
    plan.slots.speed = model.speed();
    plan.speed = plan.slots.devices_per_trial == 1 ? std::string() : model.speed_in_words();
    for (std::size_t i = 0; i < plan.sweep.trials.size(); ++i) {
        plan.durations.push_back(model.of(plan.sweep.trials[i], plan.outlooks[i].epochs_done));
        plan.slots.most_devices.push_back(plan.sweep.trials[i].spec.training.batch_size);
    }
    plan_time(plan, options);
    plan.memory = memory_of_trials(plan.sweep, expected);
    plan.forecast = forecast_of(plan.outlooks, plan.durations, plan.slots, plan.time, plan.memory);
    plan.totals = totals_of(plan, options.store);
    return plan;
}

int show_plan(const PlanOptions& options, bool reads_shards)
{
    if (!options.help_keys.empty()) {
        std::cout << (options.help_keys == "markdown" ? configs::keys_as_markdown() : configs::keys_as_text())
                  << std::flush;
        return exit_done;
    }
    if (options.sweep.empty() || options.data.empty()) {
        throw Error(
            "plan needs a sweep file and --data SHARDS, for example: attnsweep plan configs/paper.toml --data shards/",
            exit_usage);
    }
    PlanOptions named = options;
    if (!options.name.empty()) {
        named.overrides.push_back(configs::override_of_name(options.name));
    }
    const Plan plan = plan_of(named, reads_shards);
    if (options.format == "json") {
        std::cout << json_of(plan).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
        std::cout << reports::to_text(table_of(plan, options.all || plan.sweep.trials.size() <= most_trials_listed));
    }
    finish_output();
    if (!plan.too_short.empty() && !options.time_limit.empty()) {
        throw Error(plan.too_short, exit_usage);  // as run does
    }
    return exit_done;
}

void add_plan_command(CLI::App& app, Command& chosen, bool reads_shards)
{
    auto options = std::make_shared<PlanOptions>();
    CLI::App* command =
        app.add_subcommand("plan", "Shows what the next run would do: order, time, cost, what changed; runs nothing");
    command->add_option("SWEEP", options->sweep, "The sweep file, for example configs/paper.toml");
    command->add_option("--data", options->data, "The data set (a folder of shards)");
    command->add_option("--set", options->overrides, "KEY=VALUE: changes a key of the sweep file; may be repeated")
        ->allow_extra_args(false);
    command
        ->add_option("--only", options->only.patterns,
                     "Only these trials, as for run: labels with * for any characters")
        ->allow_extra_args(false);
    command->add_option("--where", options->only.where, "Only trials whose settings meet an SQL condition, as for run");
    command->add_option("--name", options->name, "As for run: the name of the sweep in the store");
    command
        ->add_option("--store", options->store,
                     "The store with what is done, or a folder of parts; need not exist (ATTNSWEEP_STORE)")
        ->capture_default_str();
    command
        ->add_option("--slots", options->slots, "Trials at once per node; default: as many as this machine would run")
        ->check(wrong_whole_number);
    command->add_option("--nodes", options->nodes, "Number of nodes with that many slots each")
        ->check(wrong_whole_number)
        ->capture_default_str();
    command
        ->add_option("--slots-per-device", options->slots_per_device,
                     "Trials at once per GPU of this machine, as far as its memory allows; default: the sweep's (1)")
        ->check(CLI::Range(1, 64));
    command
        ->add_option("--time-limit", options->time_limit,
                     "H:MM:SS, MM:SS or D-HH:MM:SS until the machine is taken away: shows which trials are stopped or "
                     "not started; default: the end of the job (Slurm, PBS, LSF)")
        ->check(wrong_time_limit);
    command->add_option("--grace", options->grace_s, "Seconds before the time limit for checkpoints, as given to run")
        ->check(wrong_amount)
        ->capture_default_str();
    command->add_option("--format", options->format, "table or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->add_flag("--all", options->all,
                      fmt::format("List every trial; default: of more than {}, the configurations alone, with their "
                                  "trials counted",
                                  most_trials_listed));
    command->add_flag("--help-keys{text}", options->help_keys,
                      "Show every key of a sweep file; --help-keys=markdown as a page");
    command->footer(
        "Examples:\n"
        "  attnsweep plan configs/paper.toml --data shards/\n"
        "  attnsweep plan configs/paper.toml --data shards/ --slots 8 --nodes 2\n"
        "  attnsweep plan configs/paper.toml --data shards/ --slots 8 --time-limit 3:50:00\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set training.learning_rate=0.01 --set sweep.repeats=2\n"
        "  attnsweep plan configs/paper.toml --data shards/ --set model.attention_ratio=[0,0.5] --format json");
    command->callback([&chosen, options, reads_shards] {
        chosen = [options, reads_shards] { return show_plan(*options, reads_shards); };
    });
}

}  // namespace

void add_plan(CLI::App& app, Command& chosen)
{
    add_plan_command(app, chosen, true);
}

void add_plan_without_shards(CLI::App& app, Command& chosen)
{
    add_plan_command(app, chosen, false);
}

}  // namespace attnsweep::runner
