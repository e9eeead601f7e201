#include "runner/node/slots.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "runner/error.h"
#include "runner/node/gpus.h"

namespace attnsweep::runner {

std::vector<int> Slots::cores_of(int slot, const Node& node) const
{
    std::vector<int> cores;
    const int share = gpus.empty() ? threads : std::max(threads, node.usable_cores / std::max(count, 1));
    for (int i = 0; i < share && !node.cores.empty(); ++i) {
        const int core = node.cores[static_cast<std::size_t>(slot * share + i) % node.cores.size()];
        if (std::find(cores.begin(), cores.end(), core) == cores.end()) {
            cores.push_back(core);
        }
    }
    return cores;
}

Slots slots_of(const Node& node, const std::string& device, int threads, int override_count, int per_gpu)
{
    Slots slots;
    slots.threads = std::max(threads, 1);
    if (device != "cpu") {
        slots.gpus = visible_gpus();
    }
    if (device.starts_with("cuda:")) {
        const std::size_t wanted = std::strtoul(device.c_str() + 5, nullptr, 10);
        if (wanted < slots.gpus.size()) {
            slots.gpus = {slots.gpus[wanted]};
        } else {
            slots.gpus.clear();
        }
    }
    if (device.starts_with("cuda") && slots.gpus.empty()) {
        throw Error(fmt::format("--device {}: no such GPU on {}: NVML (libnvidia-ml.so.1, part of the NVIDIA driver) "
                                "finds none, or CUDA_VISIBLE_DEVICES hides it; install the driver or use --device cpu",
                                device, node.name),
                    exit_no_device);
    }
    const auto plural = [](int count) { return count == 1 ? "" : "s"; };
    const std::int64_t host_bytes = available_memory_bytes() / node.on_host;
    if (!slots.gpus.empty()) {
        const int devices = static_cast<int>(slots.gpus.size());
        const std::int64_t device_bytes =
            free_gpu_bytes(slots.gpus) / 20 * 19;  // the driver's own share grows a little
        const int with_cores = std::max(1, node.usable_cores / slots.threads / devices);
        const int places = device_bytes > 0 ? std::min(std::max(per_gpu, 1), with_cores) : 1;
        slots.count = override_count > 0 ? override_count : devices * places;
        slots.description =
            fmt::format("{} slot{} on {} GPU{}", slots.count, plural(slots.count), devices, plural(devices));
        if (per_gpu > places && override_count == 0) {
            slots.description += device_bytes > 0 ? fmt::format(" ({} cores are enough for no more)", node.usable_cores)
                                                  : " (one on each: the driver does not say how much memory is free)";
        }
        if (override_count == 0) {
            slots.device_bytes = device_bytes;
        }
    } else {
        slots.count = override_count > 0 ? override_count : std::max(1, node.usable_cores / slots.threads);
        slots.description = fmt::format("{} slot{} of {} core{}", slots.count, plural(slots.count), slots.threads,
                                        plural(slots.threads));
    }
    if (override_count > 0) {
        return slots;
    }
    slots.host_bytes = host_bytes;
    if (slots.host_bytes > 0) {
        slots.description += fmt::format(", {:.1f} GB of memory free", static_cast<double>(slots.host_bytes) / 1e9);
    }
    return slots;
}

}  // namespace attnsweep::runner
