#pragma once

#include <vector>

#include "store/live_status.h"

namespace attnsweep::runner {

/// Holds what is known about the time that a running sweep takes.
struct SweepTimes {
    std::vector<double> running_s;  ///< planned time left of each trial that runs
    std::vector<double> waiting_s;  ///< planned time left of each waiting trial, in starting order
    int slots = 0;
    double planned_low = 0.5, planned_high = 2;  ///< how far off the plan may be, as factors
    std::vector<double> factors;  ///< time taken / time planned, of trials that have run long enough here
};

/// Estimates when the sweep ends: slots take waiting trials as they become free, and times differ from the plan by the mean
/// observed factor, plus or minus the spread of the factors; with fewer than two of them, within the plan's own range.
store::LiveEnd sweep_end(const SweepTimes& times);

}  // namespace attnsweep::runner
