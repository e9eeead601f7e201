#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// A trial: its plan and its actual duration.
struct SimulatedTrial {
    PlannedTrial planned;
    double duration_s = 0;  ///< undisturbed, on as many devices as PlannedTrial::expected means, its start included
    int epochs = 1;
};

/// A cluster of `nodes` nodes with equal devices and one rank each.
struct SimulatedCluster {
    int nodes = 1;
    int devices_per_node = 1;
    double failures_per_node_day = 0;
    double repair_s = 0;  ///< after which a failed node joins again; 0: never
    double lost_rank_grace_s = 60;
    double startup_s = 10;            ///< before a trial's first batch, again at each attempt; part of its duration
    double checkpoint_every_s = 600;  ///< what a failed node's trials trained since then is lost
    double commit_s = 0.02;           ///< from a trial's end to its result in the store
    unsigned seed = 1;
    int devices_per_trial = 1;  ///< as SchedulerSettings'
    DeviceSpeed speed{};        ///< for devices_per_trial 0, what the scheduler assumes and what is true
};

struct SimulationOutcome {
    double makespan_s = 0;             ///< until all are done, or, where devices_at_end is 0, until no node was left
    double longest_s = 0, work_s = 0;  ///< of all trials
    double lower_bound_s = 0;  ///< of makespan_s: the longest trial, or all work evenly spread, on one device each
    int done = 0, node_failures = 0, devices_at_end = 0;
    std::int64_t attempts = 0;
    std::int64_t on_several = 0;  ///< attempts, on several devices
    double lost_s = 0;            ///< of training, repeated
    double down_s = 0;            ///< summed over devices, while their node had failed
    std::int64_t events = 0;      ///< handled by the scheduler
    std::int64_t messages = 0;    ///< to and from rank 0: assignments, starts, epochs, ends, acknowledgements
    std::int64_t rows = 0;        ///< written to the store: starts, epochs, results
    std::int64_t most_messages_a_s = 0, most_rows_a_s = 0;  ///< within one second, epochs evenly spread
    std::int64_t machine_bytes = 0;                         ///< of rank 0's scheduler once everything runs

    double over_bound() const { return lower_bound_s > 0 ? makespan_s / lower_bound_s - 1 : 0; }
    double messages_a_s() const { return static_cast<double>(messages) / std::max(makespan_s, 1.0); }
    double rows_a_s() const { return static_cast<double>(rows) / std::max(makespan_s, 1.0); }
};

/// Runs the scheduler on a virtual clock, in a cluster whose nodes fail. The same arguments give the same outcome.
/// Throws Error on a defect of the scheduler (it starts a trial twice, a finished one, or on an occupied device, or
/// loses one). Trials are left (`done` is less than all) only where every node has failed for ever.
SimulationOutcome simulate(std::vector<SimulatedTrial> trials, const SimulatedCluster& cluster);

}  // namespace attnsweep::scheduler
