#include "runner/trial/machine.h"

#include <exception>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/torch.h>
#include <torch/version.h>

#include "model/cuda/cuda_library.h"
#include "model/cuda/cuda_plugin.h"
#include "model/device.h"
#include "runner/trial/busy_gpu.h"
#include "runner/trial/cuda_failures.h"
#include "runner/version.h"

namespace attnsweep::runner {

namespace {

std::string first_line(const std::exception& error)
{
    const std::string why = error.what();
    return why.substr(0, why.find('\n'));  // libtorch appends its stack
}

nlohmann::json describe_gpu(int index)
{
    std::string why;
    try {
        const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
        (void)torch::ones({1}, device).add(1).item<float>();
    } catch (const std::exception& error) {
        why = first_line(error);
    }
    return {{"uuid", model::cuda::uuid(index)},
            {"name", model::cuda::device_name(index)},
            {"capability", model::cuda::compute_capability(index)},
            {"why", why},
            {"busy", is_busy_by_words(why)}};
}

}  // namespace

nlohmann::json describe_machine()
{
    nlohmann::json cuda = {{"loaded", false}, {"why", ""}, {"build", ""}, {"devices", nlohmann::json::array()}};
    try {
        model::cuda::load();
        cuda["loaded"] = true;
        cuda["build"] = model::cuda::build_text();
        const model::cuda::Plugin& plugin = model::cuda::plugin();
        cuda["plugin"] = {{"file", plugin.path.string()}, {"why", plugin.why}};
        const int count = model::cuda::devices();
        if (count == 0) {
            cuda["why"] =
                "the NVIDIA driver is here, but libtorch sees no GPU: see `nvidia-smi` and CUDA_VISIBLE_DEVICES";
        }
        for (int index = 0; index < count; ++index) {
            cuda["devices"].push_back(describe_gpu(index));
        }
    } catch (const std::exception& error) {
        cuda["why"] = first_line(error);
    }
    return {{"version", version_text()},
            {"libtorch", TORCH_VERSION},
            {"processor", model::execution_record(c10::Device(c10::DeviceType::CPU), 1).cpu_features},
            {"cuda", std::move(cuda)}};
}

bool wait_for_gpu(const std::string& device, const std::function<void(const std::string&)>& log,
                  const std::function<bool()>& stop)
{
    if (device == "cpu") {
        return true;
    }
    try {
        return use_when_free([&] { (void)torch::zeros({1}, model::choose_device(device)); }, log, stop);
    } catch (const std::exception&) {
        return true;
    }
}

}  // namespace attnsweep::runner
