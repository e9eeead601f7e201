#pragma once

#include "configs/failure.h"

namespace attnsweep::scheduler {

/// Says what is done about a trial that fails in one way.
struct FailurePolicy {
    configs::FailureKind kind = configs::FailureKind::error;
    int attempts = 1;    ///< failures of this kind, over all runs, after which the trial is given up
    bool kills = false;  ///< the process did not end by itself: such failures count together, whatever their kind
};

/// Failures that killed the process, of all kinds together and over all runs, after which a trial is given up.
inline constexpr int most_kills = 3;

/// Looks a kind up in the one table of policies.
FailurePolicy policy_of(configs::FailureKind kind);

/// Says whether a trial is retried after a failure of this kind, which `failures` (over all runs, by kind) counts already.
bool tried_again(const configs::FailureCounts& failures, configs::FailureKind kind);

}  // namespace attnsweep::scheduler
