#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// Returns the collective for replicas on these devices, which are all CPUs or all different GPUs; `limit`: how long a replica waits
/// for the others. Throws Error saying what is missing and the remedy; it is no fault of the GPUs.
std::unique_ptr<Collective> make_collective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit);

/// Returns what the user's NCCL_ALGO, which is kept, means for sums over GPUs, for a log; "" where NCCL's ring adds them up.
std::string note_on_nccl_algorithm();

}  // namespace attnsweep::model
