#pragma once

#include <functional>

#include "runner/protocol.h"
#include "runner/trial/profile_table.h"

namespace attnsweep::runner {

/// Trains `order.max_batches` steps of a trial's first epoch, batches that are not whole left out, and measures them by layer: two to
/// warm up, then in turn one without and one with a profiler. Writes no file. Calls `is_to_stop` before each step; returns what was
/// measured until then. Throws Error if that is nothing, if `max_batches` is less than least_profiled_steps, or if the loss is not
/// finite; what training throws.
Profile profile_trial(const TrialOrder& order, const std::function<bool()>& is_to_stop);

inline constexpr std::int64_t least_profiled_steps = 4;

}  // namespace attnsweep::runner
