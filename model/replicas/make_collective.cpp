#include "model/replicas/make_collective.h"

#include <strings.h>

#include <cstdlib>

#include "model/cuda/cuda_plugin.h"
#include "model/error.h"
#include "model/replicas/memory_collective.h"
#include "model/replicas/nccl_collective.h"

namespace attnsweep::model {

std::unique_ptr<Collective> make_collective(const std::vector<c10::Device>& devices, std::chrono::milliseconds limit)
{
    if (!devices.front().is_cpu()) {
        const cuda::Plugin& plugin = cuda::plugin();
        if (plugin.functions == nullptr) {
            // Not NoDevice: the GPUs are good, and train trials of one GPU.
            throw Error("one trial on " + std::to_string(devices.size()) + " GPUs needs libattnsweep_cuda.so, but " +
                        plugin.why + "; or set execution.devices_per_trial = 1");
        }
        return std::make_unique<NcclCollective>(devices, limit, *plugin.functions);
    }
    return std::make_unique<MemoryCollective>(static_cast<int>(devices.size()), limit);
}

std::string note_on_nccl_algorithm()
{
    const char* const own = std::getenv("NCCL_ALGO");
    if (own == nullptr || *own == '\0' || ::strcasecmp(own, "ring") == 0) {
        return {};
    }
    return std::string("NCCL_ALGO is ") + own +
           " here and is kept: sums over several GPUs, and so results, may differ from run to run; without it NCCL's "
           "ring is taken";
}

}  // namespace attnsweep::model
