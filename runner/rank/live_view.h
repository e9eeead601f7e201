#pragma once

#include "runner/rank/sweep_state.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// Renders the state of a running sweep as the contents of status.json, except for who writes it and when: each slot with its
/// trial, why the others wait, what has failed, and when the sweep is expected to end.
store::LiveStatus live_view(const SweepState& state);

}  // namespace attnsweep::runner
