#include "runner/cli/sweep/simulated_sweep.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "data/data_set.h"
#include "runner/duration_text.h"
#include "runner/error.h"
#include "runner/node/gpus.h"
#include "runner/planning/forecast.h"
#include "runner/planning/run_refusals.h"
#include "runner/planning/trial_survey.h"
#include "runner/protocol.h"
#include "scheduler/random_draws.h"
#include "store/reading/epoch_times.h"
#include "store/reading/history.h"
#include "store/store.h"

namespace attnsweep::runner {

namespace {

/// Draws the durations for one seed, nine of ten between low and high. The error of a guessed epoch time is the same for all
/// trials; that of a measured one, and of the number of epochs, is drawn per trial.
std::vector<scheduler::SimulatedTrial> drawn(const SweepToSimulate& remaining, unsigned seed)
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
        simulated.planned.most_devices = trial.spec.training.batch_size;
        simulated.duration_s =
            duration.left_s * std::pow(bound / duration.left_s, std::abs(deviate) / deviate_of_bounds);
        simulated.epochs = std::max(1, static_cast<int>(std::lround(duration.epochs)));
    }
    return trials;
}

}  // namespace

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

std::string words_of_none_left(const scheduler::SimulationOutcome& outcome, std::size_t trials, int devices,
                               const SimulateOptions& options)
{
    if (static_cast<std::size_t>(outcome.done) == trials) {
        return {};
    }
    return fmt::format(
        "--failures {:g}, where none comes back: all {} devices have failed after {}, with {} of {} trials "
        "done; expected a smaller --failures, more --devices, or a --repair above 0",
        options.failures, devices, duration_text(outcome.makespan_s), outcome.done, trials);
}

SweepToSimulate sweep_to_simulate(const SimulateOptions& options, const std::optional<double>& efficiency)
{
    SweepToSimulate remaining;
    std::vector<std::string> overrides = options.overrides;
    if (!options.devices_per_trial.empty()) {
        overrides.push_back("execution.devices_per_trial=" + options.devices_per_trial);
    }
    remaining.sweep = configs::read_sweep(options.sweep, overrides, data::describe(options.data));
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
    const DurationModel model(remaining.sweep, remaining.device_kind, measured, around_epochs_s, efficiency);
    remaining.around_epochs_s = model.around_epochs_s();
    remaining.around_epochs = model.around_epochs_in_words();
    remaining.speed = model.speed();
    remaining.speed_in_words = model.speed_in_words();
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

SimulatedEnds ends_of(const SweepToSimulate& remaining, const SimulateOptions& options, int devices,
                      int devices_per_trial)
{
    scheduler::SimulatedCluster cluster = cluster_of(options, devices);
    refuse_too_few_devices(devices_per_trial, cluster.devices_per_node, "by --devices and --devices-per-node");
    cluster.startup_s = remaining.around_epochs_s;
    cluster.checkpoint_every_s = remaining.sweep.execution.checkpoint_every_s;
    cluster.devices_per_trial = devices_per_trial;
    cluster.speed = remaining.speed;
    SlotsPlanned slots;
    slots.nodes = cluster.nodes;
    slots.on_a_node = cluster.devices_per_node;
    slots.devices_per_trial = devices_per_trial;
    slots.speed = remaining.speed;
    for (const std::size_t trial : remaining.trials) {
        slots.most_devices.push_back(remaining.sweep.trials[trial].spec.training.batch_size);
    }
    SimulatedEnds result;
    result.planned_s = forecast_of(remaining.outlooks, remaining.durations, slots).makespan_s;
    std::vector<double> ends;
    for (int i = 0; i < options.seeds && !remaining.trials.empty(); ++i) {
        cluster.seed = options.seed + static_cast<unsigned>(i);
        const scheduler::SimulationOutcome outcome = scheduler::simulate(drawn(remaining, cluster.seed), cluster);
        if (const std::string words = words_of_none_left(outcome, remaining.trials.size(), devices, options);
            !words.empty()) {
            throw Error(words, exit_no_device);
        }
        ends.push_back(outcome.makespan_s);
        result.over_bound += outcome.over_bound() / options.seeds;
        result.node_failures += static_cast<double>(outcome.node_failures) / options.seeds;
        result.on_several += static_cast<double>(outcome.on_several) / options.seeds;
    }
    std::sort(ends.begin(), ends.end());
    const auto at = [&](double share) {
        return ends.empty() ? 0
                            : ends[static_cast<std::size_t>(std::lround(share * static_cast<double>(ends.size() - 1)))];
    };
    result.median_s = at(0.5);
    result.low_s = at(0.05);
    result.high_s = at(0.95);
    return result;
}

}  // namespace attnsweep::runner
