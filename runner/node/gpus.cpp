#include "runner/node/gpus.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <utility>

#include <dlfcn.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace attnsweep::runner {

namespace {

/// Declares the few NVML functions used here, so that no header is needed: their signatures do not change within a library version.
class Nvml {
public:
    using Device = void*;

    Nvml() : library_(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL))
    {
        is_ready_ = succeeds<int()>("nvmlInit_v2");
    }
    ~Nvml()
    {
        if (is_ready_) {
            succeeds<int()>("nvmlShutdown");
        }
        if (library_ != nullptr) {
            ::dlclose(library_);
        }
    }
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    /// Includes GPUs that this process may not use: device() is null for them.
    unsigned count() const
    {
        unsigned number = 0;
        return is_ready_ && succeeds<int(unsigned*)>("nvmlDeviceGetCount_v2", &number) ? number : 0;
    }
    Device device(unsigned index) const
    {
        Device device = nullptr;
        return succeeds<int(unsigned, Device*)>("nvmlDeviceGetHandleByIndex_v2", index, &device) ? device : nullptr;
    }
    Device device(const std::string& uuid) const
    {
        Device device = nullptr;
        return is_ready_ && succeeds<int(const char*, Device*)>("nvmlDeviceGetHandleByUUID", uuid.c_str(), &device)
                   ? device
                   : nullptr;
    }
    std::vector<Device> instances(Device device) const
    {
        std::vector<Device> instances;
        unsigned most = 0;
        succeeds<int(Device, unsigned*)>("nvmlDeviceGetMaxMigDeviceCount", device, &most);
        for (unsigned index = 0; index < most; ++index) {
            Device instance = nullptr;
            if (succeeds<int(Device, unsigned, Device*)>("nvmlDeviceGetMigDeviceHandleByIndex", device, index,
                                                         &instance)) {
                instances.push_back(instance);
            }
        }
        return instances;
    }
    bool is_divided(Device device) const
    {
        unsigned mode = 0, pending = 0;
        return succeeds<int(Device, unsigned*, unsigned*)>("nvmlDeviceGetMigMode", device, &mode, &pending) &&
               mode != 0;
    }
    std::string uuid(Device device) const { return text("nvmlDeviceGetUUID", device); }
    std::string name(Device device) const { return text("nvmlDeviceGetName", device); }
    std::int64_t free_bytes(Device device) const { return static_cast<std::int64_t>(memory(device).free); }
    std::int64_t total_bytes(Device device) const { return static_cast<std::int64_t>(memory(device).total); }
    /// Where drivers have device files (not in WSL), NVML also counts GPUs whose file a container lacks.
    bool has_file(Device device) const
    {
        unsigned minor = 0;
        return ::access("/dev/nvidiactl", F_OK) != 0 ||
               !succeeds<int(Device, unsigned*)>("nvmlDeviceGetMinorNumber", device, &minor) ||
               ::access(("/dev/nvidia" + std::to_string(minor)).c_str(), F_OK) == 0;
    }
    bool is_exclusive(Device device) const
    {
        constexpr int exclusive_process = 3;
        int mode = 0;
        return succeeds<int(Device, int*)>("nvmlDeviceGetComputeMode", device, &mode) && mode == exclusive_process;
    }
    std::vector<int> near_cores(Device device) const
    {
        constexpr std::size_t bits = 8 * sizeof(unsigned long);
        std::array<unsigned long, 8192 / bits> set{};
        std::vector<int> cores;
        if (succeeds<int(Device, unsigned, unsigned long*)>("nvmlDeviceGetCpuAffinity", device,
                                                            static_cast<unsigned>(set.size()), set.data())) {
            for (std::size_t core = 0; core < set.size() * bits; ++core) {
                if ((set[core / bits] >> (core % bits) & 1UL) != 0) {
                    cores.push_back(static_cast<int>(core));
                }
            }
        }
        return cores;
    }

private:
    struct Memory {
        unsigned long long total, free, used;
    };

    Memory memory(Device device) const
    {
        Memory bytes{};
        return succeeds<int(Device, Memory*)>("nvmlDeviceGetMemoryInfo", device, &bytes) ? bytes : Memory{};
    }
    template <class Call, class... Arguments> bool succeeds(const char* function, Arguments... arguments) const
    {
        auto* const call = library_ == nullptr ? nullptr : reinterpret_cast<Call*>(::dlsym(library_, function));
        return call != nullptr && call(arguments...) == 0;
    }
    std::string text(const char* function, Device device) const
    {
        std::array<char, 96> text{};
        return succeeds<int(Device, char*, unsigned)>(function, device, text.data(),
                                                      static_cast<unsigned>(text.size() - 1))
                   ? std::string(text.data())
                   : std::string();
    }

    void* library_;
    bool is_ready_ = false;
};

Gpu described(const Nvml& nvml, Nvml::Device device)
{
    return {nvml.uuid(device),       nvml.name(device), nvml.free_bytes(device), nvml.near_cores(device), -1,
            nvml.total_bytes(device)};
}

/// The GPUs by index, each with its instances; no entry at an index that this process may not use.
std::vector<std::vector<Gpu>> gpus_by_index(const Nvml& nvml)
{
    std::vector<std::vector<Gpu>> all(nvml.count());
    for (unsigned index = 0; index < all.size(); ++index) {
        const Nvml::Device device = nvml.device(index);
        if (device == nullptr || !nvml.has_file(device)) {
            continue;
        }
        if (!nvml.is_divided(device)) {
            all[index].push_back(described(nvml, device));
            continue;
        }
        for (const Nvml::Device instance : nvml.instances(device)) {
            Gpu gpu = described(nvml, instance);
            gpu.near_cores = nvml.near_cores(device);
            all[index].push_back(std::move(gpu));
        }
    }
    return all;
}

/// The GPU that an entry of CUDA_VISIBLE_DEVICES selects. `usable`: all of `there`, one after another.
std::optional<Gpu> selected_by(const std::string& entry, const std::vector<std::vector<Gpu>>& there,
                               const std::vector<Gpu>& usable)
{
    if (entry.empty() || entry.front() == '-') {
        return std::nullopt;
    }
    if (entry.find_first_not_of("0123456789") == std::string::npos) {
        // Numbers count the GPUs that this process may use. Of a divided GPU CUDA takes the first instance.
        std::size_t left = std::strtoul(entry.c_str(), nullptr, 10);
        for (const std::vector<Gpu>& one : there) {
            if (!one.empty() && left-- == 0) {
                return one.front();
            }
        }
        return std::nullopt;
    }
    // The beginning of a UUID is enough for CUDA.
    const auto found =
        std::find_if(usable.begin(), usable.end(), [&](const Gpu& gpu) { return gpu.uuid.starts_with(entry); });
    if (found != usable.end()) {
        return *found;
    }
    // MIG-GPU-.../1/0, as older drivers name instances: CUDA knows it.
    return entry.starts_with("MIG-") && entry.find('/') != std::string::npos ? std::optional(Gpu{entry}) : std::nullopt;
}

}  // namespace

std::vector<Gpu> gpus_here()
{
    std::vector<Gpu> all;
    for (const std::vector<Gpu>& gpus : gpus_by_index(Nvml())) {
        all.insert(all.end(), gpus.begin(), gpus.end());
    }
    return all;
}

std::vector<Gpu> visible_gpus()
{
    const std::vector<std::vector<Gpu>> there = gpus_by_index(Nvml());
    std::vector<Gpu> usable;
    for (const std::vector<Gpu>& gpus : there) {
        usable.insert(usable.end(), gpus.begin(), gpus.end());
    }
    const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
    std::vector<Gpu> gpus = visible == nullptr ? usable : std::vector<Gpu>();
    // As CUDA reads it: the list ends at the first entry that selects nothing ("-1", a number beyond the last GPU).
    std::istringstream list(visible == nullptr ? "" : visible);
    for (std::string entry; !usable.empty() && std::getline(list, entry, ',');) {
        const std::optional<Gpu> selected = selected_by(entry, there, usable);
        if (!selected) {
            break;
        }
        gpus.push_back(*selected);
    }
    for (std::size_t i = 0; i < gpus.size(); ++i) {
        gpus[i].number = static_cast<int>(i);
    }
    return gpus;
}

std::int64_t smallest_gpu_bytes(const std::vector<Gpu>& gpus)
{
    const auto smallest = std::min_element(
        gpus.begin(), gpus.end(), [](const Gpu& one, const Gpu& other) { return one.total_bytes < other.total_bytes; });
    return smallest == gpus.end() ? 0 : smallest->total_bytes;
}

bool are_selected_by_number()
{
    const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
    return visible != nullptr && std::isdigit(static_cast<unsigned char>(*visible)) != 0;
}

bool is_exclusive(const std::string& uuid)
{
    const Nvml nvml;
    const Nvml::Device device = nvml.device(uuid);
    return device != nullptr && nvml.is_exclusive(device);
}

std::int64_t free_gpu_bytes(const std::string& uuid)
{
    const Nvml nvml;
    const Nvml::Device device = nvml.device(uuid);
    return device == nullptr ? 0 : nvml.free_bytes(device);
}

void to_json(nlohmann::json& json, const Gpu& gpu)
{
    json = {{"uuid", gpu.uuid},
            {"name", gpu.name},
            {"free_bytes", gpu.free_bytes},
            {"near_cores", gpu.near_cores},
            {"number", gpu.number},
            {"total_bytes", gpu.total_bytes}};
}

void from_json(const nlohmann::json& json, Gpu& gpu)
{
    json.at("uuid").get_to(gpu.uuid);
    json.at("name").get_to(gpu.name);
    json.at("free_bytes").get_to(gpu.free_bytes);
    json.at("near_cores").get_to(gpu.near_cores);
    json.at("number").get_to(gpu.number);
    json.at("total_bytes").get_to(gpu.total_bytes);
}

}  // namespace attnsweep::runner
