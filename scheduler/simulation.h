#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// A trial as the machine plans it and as it turns out.
struct SimulatedTrial {
    PlannedTrial planned;
    double duration_s = 0;  ///< alone on a device and undisturbed, its start included
    int epochs = 1;
};

/// A cluster: `nodes` of equal devices, a rank each.
struct SimulatedCluster {
    int nodes = 1;
    int devices_per_node = 1;
    double failures_per_node_day = 0;
    double repair_s = 0;  ///< after which a failed node joins again; 0: never
    double lost_rank_grace_s = 60;
    double startup_s = 10;            ///< before a trial's first batch, again at each attempt; part of its duration
    double checkpoint_every_s = 600;  ///< what a failed node's trials trained since is lost
    double commit_s = 0.02;           ///< from a trial's end to its result in the store
    unsigned seed = 1;
};

struct SimulationOutcome {
    double makespan_s = 0;
    double longest_s = 0, work_s = 0;  ///< of all trials
    double lower_bound_s = 0;          ///< the longest trial, or all work evenly spread: none can be faster
    int done = 0, node_failures = 0, devices_at_end = 0;
    std::int64_t attempts = 0;
    double lost_s = 0;          ///< trained twice
    double down_s = 0;          ///< of devices, summed: failed and not back
    std::int64_t events = 0;    ///< handled by the machine
    std::int64_t messages = 0;  ///< to and from rank 0: orders, starts, epochs, ends, acknowledgements
    std::int64_t rows = 0;      ///< written to the store: starts, epochs, results
    std::int64_t most_messages_a_s = 0, most_rows_a_s = 0;  ///< within one second, epochs evenly spread
    std::int64_t machine_bytes = 0;                         ///< of rank 0's machine once everything runs

    double over_bound() const { return lower_bound_s > 0 ? makespan_s / lower_bound_s - 1 : 0; }
    double messages_a_s() const { return static_cast<double>(messages) / std::max(makespan_s, 1.0); }
    double rows_a_s() const { return static_cast<double>(rows) / std::max(makespan_s, 1.0); }
};

/// Runs the machine that runs sweeps against a virtual clock. The same arguments give the same outcome. Throws Error when the
/// machine starts a trial twice, one that is done, or on a device that is taken, or loses one: it would be wrong in a sweep as
/// well.
SimulationOutcome simulate(std::vector<SimulatedTrial> trials, const SimulatedCluster& cluster);

/// A standard normal deviate, the same with every library: std::normal_distribution's are its own.
double standard_normal(std::mt19937_64& random);

/// How epochs are spread that training stops early after: `patience` and one at least, then as many as a lognormal draws around
/// `median`, `most` at most.
struct EpochSpread {
    double median = 72;
    int patience = 30;
    int most = 400;
    double sigma = 0.5;  ///< of the logarithm of what lies beyond patience

    int draw(double normal) const;        ///< `normal`: a standard normal deviate
    double quantile(double share) const;  ///< 0 < share < 1
    double mean() const;
};

/// By what a trial whose duration nobody knows is put in order.
enum class OrderBy { mean, quantile, longest };

/// `count` trials of the paper's ten configurations, mixed: STFT and CQT at five ratios, about an hour each on the median.
/// `known`: the machine knows each trial's duration beforehand; else only its distribution, ordered by `order`.
std::vector<SimulatedTrial> paper_trials(int count, bool known, OrderBy order, unsigned seed);

}  // namespace attnsweep::scheduler
