#pragma once

#include "configs/sweep.h"

namespace attnsweep::runner {

/// How long a trial is expected to take, in a unit that only compares trials of one sweep: the scheduler's order and the
/// sweep's time left. Arithmetic alone misleads (a higher attention ratio has fewer operations and takes longer), so attention's
/// memory traffic counts too; where training stops early, the epochs are Figure 2's (STFT 72, CQT 257).
/// Throws Error naming the trial when its network cannot be.
double expected_cost(const configs::Trial& trial, std::int64_t clips, const std::string& sweep_path);

}  // namespace attnsweep::runner
