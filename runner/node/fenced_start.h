#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runner/node/trial_process.h"

namespace attnsweep::runner {

/// Starts a trial once nothing of its earlier attempts runs any more (fence). If there were any, then waits for at most 20 s until its
/// GPUs have `start.gpu_bytes` free: the driver takes seconds to take back what a killed process held. `waits` is told what it waits for.
/// Returns nothing if `stop` returned true while it waited. Throws as fence() and start_trial().
std::optional<TrialProcess> start_fenced(const TrialStart& start, double grace_s,
                                         const std::function<void(const std::string&)>& waits,
                                         const std::function<bool()>& stop);

}  // namespace attnsweep::runner
