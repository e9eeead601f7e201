#pragma once

#include <cstdint>
#include <string>

#include "model/cost.h"

namespace attnsweep::runner {

/// Returns the bytes of a trial on disk while it runs: two checkpoints and the one being written, each with the best weights so
/// far beside the weights and the optimizer's state.
std::int64_t running_bytes(const model::Cost& cost);

/// Returns the bytes of a trial that stay on disk after its end. `keep`: checkpoint.keep.
std::int64_t kept_bytes(const model::Cost& cost, const std::string& keep);

}  // namespace attnsweep::runner
