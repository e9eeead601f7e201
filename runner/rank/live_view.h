#pragma once

#include "runner/rank/sweep_state.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// Renders the state of a running sweep as what status.json holds, but for who writes it and when: each slot with its trial,
/// why the others wait, what has failed, and when all is expected to have ended.
store::LiveStatus live_view(const SweepState& state);

}  // namespace attnsweep::runner
