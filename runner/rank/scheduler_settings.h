#pragma once

#include <chrono>
#include <optional>

#include "runner/run_options.h"
#include "scheduler/scheduler.h"

namespace attnsweep::runner {

/// Builds the scheduler's settings from the command line; `devices_per_trial` and `speed` are the sweep's. `ends_at`: when the run must have ended. `began`: where the scheduler's clock
/// is 0.
scheduler::SchedulerSettings scheduler_settings(const RunOptions& options,
                                                std::optional<std::chrono::steady_clock::time_point> ends_at,
                                                std::chrono::steady_clock::time_point began, int devices_per_trial,
                                                const scheduler::DeviceSpeed& speed);

}  // namespace attnsweep::runner
