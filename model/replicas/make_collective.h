#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// Returns the collective for replicas on these devices, which are all CPUs or all different GPUs; `limit`: how long a replica waits
/// for the others. Throws NoDevice saying what is missing.
std::unique_ptr<Collective> make_collective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit);

}  // namespace attnsweep::model
