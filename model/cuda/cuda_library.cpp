#include "model/cuda/cuda_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "model/error.h"

namespace attnsweep::model::cuda {

namespace {

// Returns libtorch's folder: that of the library which contains at::globalContext().
std::filesystem::path libtorch_folder()
{
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr) {
        return {};
    }
    return std::filesystem::path(info.dli_fname).parent_path();
}

void* driver()
{
    return dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
}  // counted by the loader; never closed

}  // namespace

bool driver_present()
{
    return driver() != nullptr;
}

void load()
{
    static std::mutex mutex;
    static bool loaded = false;
    const std::lock_guard lock(mutex);
    if (loaded) {
        return;
    }
    if (!driver_present()) {
        throw NoDevice(
            "no GPU can be used: there is no NVIDIA driver here (libcuda.so.1 cannot be loaded); install the driver, "
            "or take --device cpu");
    }
    // cuBLAS is deterministic only with a fixed workspace, and reads this when it starts.
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    const std::filesystem::path path = libtorch_folder() / "libtorch_cuda.so";
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* why = dlerror();
        throw NoDevice("no GPU can be used: the NVIDIA driver is here, but libtorch's CUDA part cannot be loaded (" +
                       std::string(why == nullptr ? path.string() : why) +
                       "); the CPU set of libraries is installed: run ./quickstart.sh --cuda --install-only, or take "
                       "--device cpu");
    }
    loaded = true;
}

int devices()
{
    return at::globalContext().hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
}

std::string device_name(int index)
{
    void* library = driver();
    if (library == nullptr) {
        return {};
    }
    using Init = int (*)(unsigned);
    using Get = int (*)(int*, int);
    using Name = int (*)(char*, int, int);
    const auto init = reinterpret_cast<Init>(dlsym(library, "cuInit"));
    const auto get = reinterpret_cast<Get>(dlsym(library, "cuDeviceGet"));
    const auto name = reinterpret_cast<Name>(dlsym(library, "cuDeviceGetName"));
    int device = 0;
    char text[256] = {};
    if (init == nullptr || get == nullptr || name == nullptr || init(0) != 0 || get(&device, index) != 0 ||
        name(text, sizeof text - 1, device) != 0) {
        return {};
    }
    return text;
}

std::string compute_capability(int index)
{
    void* library = driver();
    if (library == nullptr) {
        return {};
    }
    using Init = int (*)(unsigned);
    using Get = int (*)(int*, int);
    using Attribute = int (*)(int*, int, int);
    const auto init = reinterpret_cast<Init>(dlsym(library, "cuInit"));
    const auto get = reinterpret_cast<Get>(dlsym(library, "cuDeviceGet"));
    const auto attribute = reinterpret_cast<Attribute>(dlsym(library, "cuDeviceGetAttribute"));
    constexpr int capability_major = 75, capability_minor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
    int device = 0, major = 0, minor = 0;
    if (init == nullptr || get == nullptr || attribute == nullptr || init(0) != 0 || get(&device, index) != 0 ||
        attribute(&major, capability_major, device) != 0 || attribute(&minor, capability_minor, device) != 0) {
        return {};
    }
    return std::to_string(major) + "." + std::to_string(minor);
}

std::string build_text()
{
    return at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().showConfig() : std::string();
}

}  // namespace attnsweep::model::cuda
