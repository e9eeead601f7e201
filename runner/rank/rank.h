#pragma once

#include "runner/node/node.h"
#include "runner/run_options.h"
#include "scheduler/transport.h"

namespace attnsweep::runner {

struct RankEnding {
    int exit_code = 0;
    /// Every rank lives, was told to stop, and this one has seen it: they may all meet in MPI_Finalize.
    bool together = true;
};

/// A rank from start to end: one quiet loop over its trials' pipes, signals, other threads' words and the transport.
RankEnding run_rank(const RunOptions& options, const Launch& launch, scheduler::Transport& transport);

}  // namespace attnsweep::runner
