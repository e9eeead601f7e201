#pragma once

#include <optional>

#include "runner/node/node.h"
#include "runner/rank/on_end.h"
#include "runner/run_options.h"
#include "scheduler/transport.h"

namespace attnsweep::runner {

struct RankEnding {
    int exit_code = 0;
    /// Every rank lives and was told to stop, so all can call MPI_Finalize.
    bool together = true;
    /// Of rank 0, for run_on_end(), when this rank needs nothing of the run any more.
    std::optional<RunReport> report = {};
};

/// Runs a rank from start to end: one event loop over its trials' pipes, signals, other threads' requests and the transport.
RankEnding run_rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport);

}  // namespace attnsweep::runner
