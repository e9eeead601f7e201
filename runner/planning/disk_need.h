#pragma once

#include <cstdint>

#include "configs/sweep.h"
#include "model/cost.h"

namespace attnsweep::runner {

/// Returns what a trial has on disk while it runs: two checkpoints and the one being written, each with the best weights so far
/// beside the weights and the optimizer's state.
std::int64_t running_bytes(const model::Cost& cost);

/// Returns what stays of a trial on disk after its end, in bytes.
std::int64_t kept_bytes(const model::Cost& cost, configs::Keep keep);

}  // namespace attnsweep::runner
