#pragma once

#include <chrono>

#include "runner/run_options.h"
#include "scheduler/scheduler.h"

namespace attnsweep::runner {

/// Builds the scheduler's settings from the command line. Without --time-limit it asks Slurm when the job ends, which may
/// take up to 10 s. `began`: where the scheduler's clock is 0.
scheduler::SchedulerSettings scheduler_settings(const RunOptions& options, std::chrono::steady_clock::time_point began);

}  // namespace attnsweep::runner
