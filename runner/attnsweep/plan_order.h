#pragma once

#include <string>
#include <vector>

#include "configs/sweep.h"
#include "runner/attnsweep/plan_standing.h"
#include "runner/expected_duration.h"

namespace attnsweep::runner {

/// How many trials run at once, and what they run on.
struct SlotsPlanned {
    int nodes = 1, on_a_node = 1;
    std::string device_kind = "cpu";
    std::string description;  ///< "2 slots of 1 core on this machine", "4 nodes of 8 slots"

    int count() const { return nodes * on_a_node; }
};

/// When a trial starts, as expected: longest first, each on the slot that is free first.
struct Start {
    std::size_t trial = 0;  ///< of the sweep
    double after_s = 0;     ///< from now
    double lasts_s = 0;
};

/// The sweep's expected course.
struct Course {
    std::vector<Start> starts;  ///< in the order of starting; those that run already first, at 0
    double makespan_s = 0;
    double makespan_low_s = 0, makespan_high_s = 0;  ///< with every trial at its low, at its high
    double longest_s = 0, total_s = 0;               ///< of what is left
    double lower_bound_s = 0;                        ///< no order is faster: max(longest, total / slots)
    bool is_measured = true;                         ///< all epoch times are
};

/// `durations` and `standings`: of every trial of the sweep.
Course course_of(const std::vector<Standing>& standings, const std::vector<ExpectedDuration>& durations, int slots);

}  // namespace attnsweep::runner
