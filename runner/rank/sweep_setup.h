#pragma once

#include "runner/rank/messages.h"
#include "runner/rank/run_context.h"
#include "runner/run_options.h"

namespace attnsweep::runner {

/// Builds what every rank is told before the first trial: how trials run, and what the trials left will ask of a node (data
/// sets, memory of the largest, room on disk; bytes, estimated by model::cost_of). Throws model::Error.
Setup sweep_setup(const RunContext& context, const RunOptions& options);

}  // namespace attnsweep::runner
