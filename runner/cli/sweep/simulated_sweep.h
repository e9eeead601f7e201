#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "runner/planning/expected_duration.h"
#include "runner/planning/trial_outlook.h"
#include "scheduler/simulation.h"

namespace attnsweep::runner {

/// What `attnsweep simulate` was asked for.
struct SimulateOptions {
    std::string sweep, data, store, format = "table";
    std::vector<std::string> overrides;
    std::vector<int> devices;          // empty: 4,096, or with a sweep 8, 16, 64
    std::vector<double> efficiencies;  // of several devices; empty: measured, or assumed
    std::string devices_per_trial;     // empty: the sweep's
    int devices_per_node = 8, trials = 100'000, seeds = 20;
    unsigned seed = 1;
    double failures = 6.5, repair_min = 30;  // per 1,000 node-days, as clusters of GPUs report
};

/// Returns the cluster of so many devices. Throws Error when they are no whole nodes.
scheduler::SimulatedCluster cluster_of(const SimulateOptions& options, int devices);

/// Says that every device has failed before all of so many trials were done, and what to change; empty if they were done.
std::string words_of_none_left(const scheduler::SimulationOutcome& outcome, std::size_t trials, int devices,
                               const SimulateOptions& options);

/// What is left to run of a sweep, and what is known of its durations.
struct SweepToSimulate {
    configs::Sweep sweep;
    std::vector<std::size_t> trials;  // of the sweep
    std::vector<ExpectedDuration> durations;
    std::vector<TrialOutlook> outlooks;
    configs::DeviceKind device_kind = configs::DeviceKind::cpu;
    double around_epochs_s = 0;
    std::string around_epochs;     // DurationModel::around_epochs_in_words
    scheduler::DeviceSpeed speed;  // as are the durations: of the first efficiency that is asked for
    std::string speed_in_words;
    int epochs_measured = 0, epochs_scaled = 0, epochs_guessed = 0, counts_guessed = 0;  // trials
};

/// `efficiency`: of several devices, instead of what was measured of them.
SweepToSimulate sweep_to_simulate(const SimulateOptions& options, const std::optional<double>& efficiency);

/// How long the sweep takes on so many devices.
struct SimulatedEnds {
    double planned_s = 0, median_s = 0, low_s = 0, high_s = 0;
    double over_bound = 0, node_failures = 0, on_several = 0;  // means; on_several: trials
};

/// Simulates the sweep with `options.seeds` draws of its durations. `devices_per_trial`: the sweep's, or 1 to compare "auto" with. Throws
/// Error when a node has fewer devices, or when none is left with trials to run (exit_no_device).
SimulatedEnds ends_of(const SweepToSimulate& sweep, const SimulateOptions& options, int devices, int devices_per_trial);

}  // namespace attnsweep::runner
