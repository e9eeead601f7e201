#pragma once

#include "configs/failure.h"

namespace attnsweep::configs {

/// What is done about trials that fail in one way.
struct FailurePolicy {
    FailureKind kind = FailureKind::error;
    int attempts = 1;    ///< failures of this kind, over all runs, after which the trial is given up
    bool kills = false;  ///< killed, silent or out of memory: counted together, whatever the kind
};

/// Failures with `kills`, of all kinds together and over all runs, after which a trial is given up.
inline constexpr int most_kills = 3;

/// Returns the policy of a kind, from the only table.
FailurePolicy policy_of(FailureKind kind);

/// Returns whether a trial fails in this way again whenever it is run: a loss that is no number comes of the same seeds again.
bool repeats_itself(FailureKind kind);

/// Returns whether a trial is retried after a failure of this kind, which `failures` (over all runs, by kind) includes.
bool tried_again(const FailureCounts& failures, FailureKind kind);

}  // namespace attnsweep::configs
