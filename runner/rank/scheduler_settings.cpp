#include "runner/rank/scheduler_settings.h"

#include "runner/planning/time_limit.h"
#include "runner/planning/trial_timing.h"

namespace attnsweep::runner {

scheduler::SchedulerSettings scheduler_settings(const RunOptions& options, std::chrono::steady_clock::time_point began)
{
    scheduler::SchedulerSettings settings;
    settings.lost_rank_grace_s = options.grace_s;
    settings.alike_failures_to_stop = options.stop_after_alike;
    settings.startup_s = startup_s;
    // After the grace period running trials are killed; results that end then are still written.
    settings.drain_s = options.grace_s + after_grace_s;
    if (const auto left_s = options.time_limit_s ? options.time_limit_s : job_time_left_s()) {
        const std::chrono::duration<double> now = std::chrono::steady_clock::now() - began;
        settings.ends_at_s = now.count() + *left_s;
    }
    return settings;
}

}  // namespace attnsweep::runner
