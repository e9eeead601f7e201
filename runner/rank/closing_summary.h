#pragma once

#include <optional>
#include <string>

#include "runner/exit_code.h"
#include "runner/rank/sweep_state.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// How a run ended.
struct RunEnd {
    int exit_code = exit_done;
    /// Something but a trial failed (a node, the store): the same command continues once that is fixed.
    bool broke_off = false;
    std::optional<scheduler::Finished> finished;  ///< the scheduler's last word; nothing: it did not get that far
    double elapsed_s = 0;
    std::string store;  ///< as the command line names it
};

/// The exit code of a sweep that the scheduler has ended. `failed`: trials that failed for good, in earlier runs too.
int sweep_exit_code(const scheduler::Finished& finished, int failed);

/// Writes the last lines of a run for a person: what is done, which trials failed (alike ones together, with a log), why it
/// stopped, and the next command.
std::string closing_summary(const SweepState& state, const RunEnd& end);

}  // namespace attnsweep::runner
