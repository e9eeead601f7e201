#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// Returns the collective for replicas on these devices, which are all CPUs or all different GPUs; `limit`: how long a replica waits
/// for the others. Throws Error saying what is missing and the remedy; it is no fault of the GPUs.
std::unique_ptr<Collective> make_collective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit);

}  // namespace attnsweep::model
