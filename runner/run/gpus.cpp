#include <cstdlib>
#include <memory>
#include <sstream>

#include <dlfcn.h>

#include "runner/run/node.h"

namespace attnsweep::runner {

namespace {

/// NVML's three calls that count devices need no header of its own: their signatures have not changed since 2011.
int nvml_device_count()
{
    const std::unique_ptr<void, int (*)(void*)> library(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL),
                                                        [](void* handle) { return handle ? ::dlclose(handle) : 0; });
    if (!library)
        return 0;
    const auto call = [&](const char* name) { return ::dlsym(library.get(), name); };
    const auto init = reinterpret_cast<int (*)()>(call("nvmlInit_v2"));
    const auto count = reinterpret_cast<int (*)(unsigned*)>(call("nvmlDeviceGetCount_v2"));
    const auto shutdown = reinterpret_cast<int (*)()>(call("nvmlShutdown"));
    unsigned devices = 0;
    if (init == nullptr || count == nullptr || shutdown == nullptr || init() != 0)
        return 0;
    if (count(&devices) != 0)
        devices = 0;
    shutdown();
    return static_cast<int>(devices);
}

}  // namespace

std::vector<std::string> visible_gpus()
{
    std::vector<std::string> gpus;
    const int there = nvml_device_count();
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    if (there == 0)
        return gpus;
    if (visible == nullptr) {
        for (int device = 0; device < there; ++device)
            gpus.push_back(std::to_string(device));
        return gpus;
    }
    // As CUDA reads it: the list ends at the first entry that is none ("-1", or beyond the last device).
    std::istringstream list(visible);
    for (std::string name; std::getline(list, name, ',');) {
        const bool is_number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
        if (name.empty() || name.front() == '-' || (is_number && std::atoi(name.c_str()) >= there))
            break;
        gpus.push_back(name);
    }
    return gpus;
}

}  // namespace attnsweep::runner
