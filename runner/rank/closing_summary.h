#pragma once

#include <optional>
#include <string>

#include "runner/exit_code.h"
#include "runner/rank/sweep_state.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// Says how a run ended.
struct RunEnd {
    int exit_code = exit_done;
    /// Something other than a trial failed (a node, the store): rerun the command after fixing it.
    bool broke_off = false;
    std::optional<scheduler::Finished> finished;  ///< the scheduler's last action; empty: it did not get that far
    double elapsed_s = 0;
    std::string store;  ///< as the command line names it
};

/// Returns the exit code of a sweep that the scheduler has ended. `failed`: trials given up, in earlier runs too.
int sweep_exit_code(const scheduler::Finished& finished, int failed);

/// Writes the last lines of a run for a person: what is done, which trials failed (alike ones together, with a log), why it
/// stopped, and the next command.
std::string closing_summary(const SweepState& state, const RunEnd& end);

}  // namespace attnsweep::runner
