#include "runner/rank/scheduler_settings.h"

#include "runner/planning/trial_timing.h"

namespace attnsweep::runner {

scheduler::SchedulerSettings scheduler_settings(const RunOptions& options,
                                                std::optional<std::chrono::steady_clock::time_point> ends_at,
                                                std::chrono::steady_clock::time_point began, int devices_per_trial,
                                                const scheduler::DeviceSpeed& speed)
{
    scheduler::SchedulerSettings settings;
    settings.lost_rank_grace_s = options.grace_s;
    settings.alike_failures_to_stop = options.stop_after_alike;
    settings.startup_s = startup_s;
    settings.devices_per_trial = devices_per_trial;
    settings.speed = speed;
    // After the grace period running trials are killed; results that end then are still written.
    settings.drain_s = options.grace_s + after_grace_s;
    if (ends_at) {
        settings.ends_at_s = std::chrono::duration<double>(*ends_at - began).count();
    }
    return settings;
}

}  // namespace attnsweep::runner
