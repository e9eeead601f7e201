#pragma once

#include "runner/rank/messages.h"
#include "runner/rank/run_context.h"
#include "runner/run_options.h"

namespace attnsweep::runner {

/// Builds the Setup that every rank gets before the first trial: how trials run, and what the trials left need of a node (data
/// sets, memory of the largest, disk space; bytes, estimated by model::cost_of). Throws model::Error.
Setup sweep_setup(const RunContext& context, const RunOptions& options);

}  // namespace attnsweep::runner
