#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runner/rank/sweep_state.h"

namespace attnsweep::tests {

/// The state of the sweep "paper" before its first event: of these ids all are left, labelled label-ID and planned for 100 s,
/// and so many others were done before.
inline runner::SweepState planned_state(const std::vector<std::string>& ids, int done_before = 0,
                                        std::vector<runner::RemainingTrials::GivenUp> given_up = {})
{
    configs::Sweep sweep;
    sweep.name = "paper";
    runner::RemainingTrials remaining;
    remaining.done = done_before;
    remaining.given_up = std::move(given_up);
    for (const std::string& id : ids) {
        configs::Trial trial;
        trial.id = id;
        trial.label = "label-" + id;
        sweep.trials.push_back(trial);
        runner::ExpectedDuration duration;
        duration.total_s = duration.left_s = 100;
        remaining.durations[id] = duration;
    }
    sweep.trials.resize(sweep.trials.size() + static_cast<std::size_t>(done_before) + remaining.given_up.size());
    return runner::SweepState(sweep, remaining);
}

inline scheduler::Slot slot_of_device(int device)
{
    scheduler::Slot slot;
    slot.node = "n";
    slot.device = device;
    return slot;
}

}  // namespace attnsweep::tests
