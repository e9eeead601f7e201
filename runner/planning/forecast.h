#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "runner/planning/expected_duration.h"
#include "runner/planning/trial_outlook.h"
#include "scheduler/device_speed.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// Describes the slots that trials run on.
struct SlotsPlanned {
    int nodes = 1, on_a_node = 1;
    int devices = 0;           ///< of a node, each with as many slots; 0: as many as slots
    scheduler::Memory memory;  ///< free on each device, and in a node; 0: unknown
    configs::DeviceKind device_kind = configs::DeviceKind::cpu;
    std::string description;                       ///< "2 slots of 1 core on this machine", "4 nodes of 8 slots"
    bool of_cores = false;                         ///< as scheduler::RankJoined's
    int devices_per_trial = 1;                     ///< as scheduler::SchedulerSettings'
    scheduler::DeviceSpeed speed{};                ///< where that is "auto"
    std::vector<int> most_devices{};               ///< on which each trial of the sweep can train; empty: on any number
    bool one_each = false;                         ///< as scheduler::RankJoined's
    std::vector<std::int64_t> bytes_of_devices{};  ///< as scheduler::RankJoined's

    /// Returns on how many devices of a node a trial can be.
    int most_together() const
    {
        return one_each ? 1 : devices > 0 && !of_cores ? std::min(devices, on_a_node) : on_a_node;
    }
    std::int64_t count() const { return std::int64_t{nodes} * on_a_node; }
};

/// Says until when the slots are available.
struct TimePlanned {
    std::optional<double> limit_s;  ///< nothing: no limit
    double grace_s = 60;            ///< of the limit, for checkpoints at its end
    double checkpoint_every_s = 600;

    double drains_after_s() const;  ///< when trials are asked to end; infinity: never
};

/// Says when a trial is expected to start, and for how long it runs.
struct PlannedStart {
    std::size_t trial = 0;  ///< of the sweep
    double after_s = 0;     ///< from now
    double lasts_s = 0;
    bool is_stopped = false;  ///< the time limit ends it before; it leaves a checkpoint
    int devices = 1;
};

/// Says how the sweep is expected to go.
struct Forecast {
    std::vector<PlannedStart> starts;      ///< in the order of starting; those that run already first, at 0
    std::vector<std::size_t> not_started;  ///< before the time limit
    double makespan_s = 0;
    double makespan_low_s = 0, makespan_high_s = 0;  ///< with every trial at its low, at its high
    double longest_s = 0, total_s = 0;               ///< of what is left
    double lower_bound_s = 0;  ///< no order is faster: max(longest, on as many devices as it can have; total / slots)
    bool is_measured = true;   ///< all epoch times are

    int stopped() const;
};

/// Returns the slots without those that so many trials never take: the forecast on them is the same.
SlotsPlanned slots_used(const SlotsPlanned& slots, std::size_t trials);

/// Runs the scheduler itself on these slots within this time, on a virtual clock, with nothing failing. `outlooks` and
/// `durations`: of every trial of the sweep; `memory`: of each at its peak, or empty.
Forecast forecast_of(const std::vector<TrialOutlook>& outlooks, const std::vector<ExpectedDuration>& durations,
                     const SlotsPlanned& slots, const TimePlanned& time = {},
                     const std::vector<scheduler::Memory>& memory = {});

}  // namespace attnsweep::runner
