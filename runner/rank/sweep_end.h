#pragma once

#include <vector>

#include "store/live_status.h"

namespace attnsweep::runner {

/// What is known of a running sweep's time.
struct SweepTimes {
    std::vector<double> running_s;  ///< planned time left of each trial that runs
    std::vector<double> waiting_s;  ///< planned time of each that waits, in the order they will begin
    int slots = 0;
    double planned_low = 0.5, planned_high = 2;  ///< how far off the plan may be, as factors
    std::vector<double> factors;  ///< of trials seen here, long enough to tell: time taken / time planned for it
};

/// When all has ended if slots take what waits as they become free, and times are off from the plan by the mean factor seen,
/// give or take the spread of the factors; before two have been seen, as far off as the plan says it may be.
store::LiveEnd sweep_end(const SweepTimes& times);

}  // namespace attnsweep::runner
