#include "runner/node/slots.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runner/error.h"

namespace attnsweep::runner {

namespace {

/// The cores of the node that are near the GPU; all of them if none is known to be.
std::vector<int> cores_near(const Gpu& gpu, const Node& node)
{
    std::vector<int> cores;
    std::copy_if(node.cores.begin(), node.cores.end(), std::back_inserter(cores), [&](int core) {
        return std::find(gpu.near_cores.begin(), gpu.near_cores.end(), core) != gpu.near_cores.end();
    });
    return cores.empty() ? node.cores : cores;
}

/// A few threads too many are slow; thousands take minutes to start and to end, and the machine with them.
constexpr int fewest_refused_threads = 64;

}  // namespace

std::int64_t Slots::device_bytes() const
{
    return bytes_of_devices.empty() ? 0 : *std::min_element(bytes_of_devices.begin(), bytes_of_devices.end());
}

bool Slots::one_each() const
{
    return std::any_of(gpus.begin(), gpus.end(), [](const Gpu& gpu) { return gpu.uuid.starts_with("MIG-"); });
}

std::vector<int> Slots::cores_of(int slot, const Node& node) const
{
    // The slots that share a pool of cores with this one divide it.
    std::vector<int> pool = node.cores;
    int number = slot, sharing = std::max(count, 1);
    if (!gpus.empty()) {
        const auto pool_of = [&](int other) {
            return cores_near(gpus[static_cast<std::size_t>(other % devices())], node);
        };
        pool = pool_of(slot);
        number = sharing = 0;
        for (int other = 0; other < count; ++other) {
            if (pool_of(other) == pool) {
                number += other < slot ? 1 : 0;
                ++sharing;
            }
        }
    }
    const int in_pool = node.cores.empty()
                            ? 0
                            : node.usable_cores * static_cast<int>(pool.size()) / static_cast<int>(node.cores.size());
    const int share = gpus.empty() ? threads : std::max(threads, in_pool / std::max(sharing, 1));
    std::vector<int> cores;
    for (int i = 0; i < share && !pool.empty(); ++i) {
        const int core = pool[static_cast<std::size_t>(number * share + i) % pool.size()];
        if (std::find(cores.begin(), cores.end(), core) == cores.end()) {
            cores.push_back(core);
        }
    }
    return cores;
}

std::string too_many_threads(const Node& node, int threads, const char* setting)
{
    const int most = std::max(fewest_refused_threads, 4 * node.usable_cores);
    return threads <= most
               ? std::string()
               : fmt::format("{} = {}: {} has {} cores to use, expected at most {}; threads beyond the number of "
                             "cores only wait for each other",
                             setting, threads, node.name, node.usable_cores, most);
}

void refuse_too_many_threads(const Node& node, int threads, const char* setting)
{
    if (const std::string wrong = too_many_threads(node, threads, setting); !wrong.empty()) {
        throw Error(wrong, exit_usage);
    }
}

Slots slots_of(const Node& node, const std::string& device, std::vector<Gpu> gpus, int threads, int override_count,
               int per_gpu)
{
    Slots slots;
    slots.threads = std::max(threads, 1);
    if (device != "cpu") {
        slots.gpus = std::move(gpus);
    }
    if (device.starts_with("cuda:")) {
        const int wanted = std::atoi(device.c_str() + 5);
        std::erase_if(slots.gpus, [&](const Gpu& gpu) { return gpu.number != wanted; });
    }
    if (device.starts_with("cuda") && slots.gpus.empty()) {
        throw Error(fmt::format("--device {}: no such GPU on {}: NVML (libnvidia-ml.so.1, part of the NVIDIA driver) "
                                "finds none, CUDA_VISIBLE_DEVICES hides it, or it cannot be used (`attnsweep doctor "
                                "--device cuda` says why); mend that or use --device cpu",
                                device, node.name),
                    exit_no_device);
    }
    const auto plural = [](int count) { return count == 1 ? "" : "s"; };
    const std::int64_t host_bytes = available_memory_bytes() / node.on_host;
    if (!slots.gpus.empty()) {
        const int devices = static_cast<int>(slots.gpus.size());
        const auto least = std::min_element(slots.gpus.begin(), slots.gpus.end(),
                                            [](const Gpu& a, const Gpu& b) { return a.free_bytes < b.free_bytes; });
        const auto for_trials = [](std::int64_t free) {
            return free / 20 * 19;
        };  // the driver's own share grows a little
        const std::int64_t device_bytes = for_trials(least->free_bytes);
        const int with_cores = std::max(1, node.usable_cores / slots.threads / devices);
        const int places = device_bytes > 0 ? std::min(std::max(per_gpu, 1), with_cores) : 1;
        slots.count = override_count > 0 ? override_count : devices * places;
        slots.description =
            fmt::format("{} slot{} on {} GPU{}", slots.count, plural(slots.count), devices, plural(devices));
        if (per_gpu > places && override_count == 0) {
            slots.description += device_bytes > 0 ? fmt::format(" ({} cores are enough for no more)", node.usable_cores)
                                                  : " (one on each: the driver does not say how much memory is free)";
        }
        if (override_count == 0 && device_bytes > 0) {
            for (const Gpu& gpu : slots.gpus) {
                slots.bytes_of_devices.push_back(for_trials(gpu.free_bytes));
            }
        }
    } else {
        slots.count = override_count > 0 ? override_count : std::max(1, node.usable_cores / slots.threads);
        slots.description = fmt::format("{} slot{} of {} core{}", slots.count, plural(slots.count), slots.threads,
                                        plural(slots.threads));
        if (std::int64_t{slots.count} * slots.threads > node.usable_cores) {
            slots.description +=
                fmt::format(", but only {} can be used, so they wait for each other", node.usable_cores);
        }
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
