#pragma once

#include <cstdint>

#include "configs/sweep.h"
#include "model/cost.h"

namespace attnsweep::runner {

/// Returns the bytes that a trial has on disk while it runs: two checkpoints and the one being written, each with the best
/// weights so far beside the weights and the optimizer's state.
std::int64_t running_bytes(const model::Cost& cost);

/// Returns the bytes that a trial keeps on disk after its end.
std::int64_t kept_bytes(const model::Cost& cost, configs::Keep keep);

}  // namespace attnsweep::runner
