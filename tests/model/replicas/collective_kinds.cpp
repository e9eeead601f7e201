#include "tests/model/replicas/collective_kinds.h"

#include <cstdlib>

#include "model/cuda/cuda_library.h"
#include "model/device.h"
#include "model/replicas/make_collective.h"
#include "tests/paths.h"

namespace attnsweep::model {

namespace {

std::string obstacle_to_gpus(int replicas)
{
    try {
        choose_device("cuda");
    } catch (const NoDevice& error) {
        return error.what();
    }
    // The tests' programs do not lie beside it.
    ::setenv("ATTNSWEEP_CUDA_PLUGIN", (std::string(tests::paths::programs) + "/libattnsweep_cuda.so").c_str(), 0);
    return cuda::devices() >= replicas
               ? ""
               : "it needs " + std::to_string(replicas) + " GPUs, libtorch sees " + std::to_string(cuda::devices());
}

CollectiveKind kind(const char* name, const std::function<c10::Device(int)>& device,
                    const std::function<std::string(int)>& obstacle)
{
    const auto make = [device](int replicas, std::chrono::milliseconds limit) {
        std::vector<c10::Device> devices;
        devices.reserve(static_cast<std::size_t>(replicas));
        for (int i = 0; i < replicas; ++i) {
            devices.push_back(device(i));
        }
        return make_collective(devices, limit);
    };
    return {name, make, device, obstacle};
}

}  // namespace

std::vector<CollectiveKind> collective_kinds()
{
    return {
        kind(
            "Cpus", [](int) { return c10::Device(c10::kCPU); }, [](int) { return std::string(); }),
        kind(
            "Gpus", [](int i) { return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(i)); }, obstacle_to_gpus)};
}

}  // namespace attnsweep::model
