#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "runner/trial/checkpoint.h"

namespace attnsweep::runner {

/// Returns a checkpoint's bytes: `state`, the network's weights, the optimizer's state, libtorch's random state on the CPU, and the
/// best weights so far (model::to_bytes; empty: none yet).
std::string checkpoint_bytes(const nlohmann::json& state, const model::InstrumentNet& net,
                             const model::Optimizer& optimizer, const std::string& best_weights);

/// Restores from a checkpoint what checkpoint_bytes() saved, and returns the best weights. Throws Error if a part is missing,
/// model::Error if one does not fit.
std::string restore_network(const Checkpoint& checkpoint, model::InstrumentNet& net, model::Optimizer& optimizer);

}  // namespace attnsweep::runner
