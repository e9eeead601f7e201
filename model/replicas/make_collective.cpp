#include "model/replicas/make_collective.h"

#include "model/error.h"
#include "model/replicas/memory_collective.h"

namespace attnsweep::model {

std::unique_ptr<Collective> make_collective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit)
{
    if (!devices.front().is_cpu()) {
        throw NoDevice("one trial on " + std::to_string(devices.size()) +
                       " GPUs needs NCCL, which this version does not use; set execution.devices_per_trial = 1");
    }
    return std::make_unique<MemoryCollective>(static_cast<int>(devices.size()), limit);
}

}  // namespace attnsweep::model
