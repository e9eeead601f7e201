#include "runner/node/gpus.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <dlfcn.h>

namespace attnsweep::runner {

namespace {

/// Declares the few NVML functions used here, whose signatures have not changed since 2011, so that no header is needed.
class Nvml {
public:
    Nvml() : library_(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL))
    {
        const auto init = find<int()>("nvmlInit_v2");
        there_ = init != nullptr && init() == 0;
    }
    ~Nvml()
    {
        if (const auto shutdown = find<int()>("nvmlShutdown"); there_ && shutdown != nullptr) {
            shutdown();
        }
        if (library_ != nullptr) {
            ::dlclose(library_);
        }
    }
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    int devices() const
    {
        const auto count = find<int(unsigned*)>("nvmlDeviceGetCount_v2");
        unsigned number = 0;
        return there_ && count != nullptr && count(&number) == 0 ? static_cast<int>(number) : 0;
    }

    /// `name`: a number, or what CUDA_VISIBLE_DEVICES calls it ("GPU-..."). 0: unknown.
    std::int64_t free_bytes(const std::string& name) const
    {
        const auto by_index = find<int(unsigned, void**)>("nvmlDeviceGetHandleByIndex_v2");
        const auto by_name = find<int(const char*, void**)>("nvmlDeviceGetHandleByUUID");
        const auto memory = find<int(void*, Memory*)>("nvmlDeviceGetMemoryInfo");
        if (!there_ || by_index == nullptr || by_name == nullptr || memory == nullptr) {
            return 0;
        }
        void* device = nullptr;
        const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
        const int found = is_number ? by_index(static_cast<unsigned>(std::atoi(name.c_str())), &device)
                                    : by_name(name.c_str(), &device);
        Memory bytes{};
        return found == 0 && memory(device, &bytes) == 0 ? static_cast<std::int64_t>(bytes.free) : 0;
    }

private:
    struct Memory {
        unsigned long long total, free, used;
    };
    template <class Call> Call* find(const char* name) const
    {
        return library_ == nullptr ? nullptr : reinterpret_cast<Call*>(::dlsym(library_, name));
    }

    void* library_;
    bool there_ = false;
};

}  // namespace

std::vector<std::string> visible_gpus()
{
    std::vector<std::string> gpus;
    const int there = Nvml().devices();
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (there == 0) {
        return gpus;
    }
    if (visible == nullptr) {
        for (int device = 0; device < there; ++device) {
            gpus.push_back(std::to_string(device));
        }
        return gpus;
    }
    // As CUDA reads it: the list ends at the first invalid entry ("-1", or beyond the last device).
    std::istringstream list(visible);
    for (std::string name; std::getline(list, name, ',');) {
        const bool is_number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
        if (name.empty() || name.front() == '-' || (is_number && std::atoi(name.c_str()) >= there)) {
            break;
        }
        gpus.push_back(name);
    }
    return gpus;
}

std::int64_t free_gpu_bytes(const std::vector<std::string>& gpus)
{
    const Nvml nvml;
    std::int64_t least = 0;
    for (const std::string& gpu : gpus) {
        const std::int64_t bytes = nvml.free_bytes(gpu);
        if (bytes <= 0) {
            return 0;
        }
        least = least == 0 ? bytes : std::min(least, bytes);
    }
    return least;
}

}  // namespace attnsweep::runner
