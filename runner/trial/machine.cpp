#include "runner/trial/machine.h"

#include <exception>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/torch.h>
#include <torch/version.h>

#include "model/cuda/cuda_library.h"
#include "model/device.h"
#include "runner/version.h"

namespace attnsweep::runner {

nlohmann::json describe_machine()
{
    nlohmann::json cuda = {{"usable", false}, {"why", ""}, {"build", ""}, {"devices", nlohmann::json::array()}};
    try {
        model::cuda::load();
        cuda["build"] = model::cuda::build_text();
        const int count = model::cuda::devices();
        if (count == 0) {
            cuda["why"] =
                "the NVIDIA driver is here, but libtorch sees no GPU: see `nvidia-smi` and CUDA_VISIBLE_DEVICES";
        }
        for (int index = 0; index < count; ++index) {
            cuda["devices"].push_back(
                {{"name", model::cuda::device_name(index)}, {"capability", model::cuda::compute_capability(index)}});
        }
        for (int index = 0; index < count; ++index) {
            const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
            (void)torch::ones({1}, device).add(1).item<float>();
        }
        cuda["usable"] = count > 0;
    } catch (const std::exception& error) {
        const std::string why = error.what();
        cuda["why"] = why.substr(0, why.find('\n'));  // libtorch appends its stack
    }
    return {{"version", version_text()},
            {"libtorch", TORCH_VERSION},
            {"processor", model::execution_record(c10::Device(c10::DeviceType::CPU), 1).cpu_features},
            {"cuda", std::move(cuda)}};
}

}  // namespace attnsweep::runner
