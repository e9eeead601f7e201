#include "model/cuda/cuda_library.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string_view>

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

/// Calls a function of the driver by its name; false if there is no such function, or it reports an error.
template <class Call, class... Arguments> bool succeeds(const char* function, Arguments... arguments)
{
    void* const library = driver();
    auto* const call = library == nullptr ? nullptr : reinterpret_cast<Call*>(dlsym(library, function));
    return call != nullptr && call(arguments...) == 0;
}

/// The driver's handle of a GPU.
std::optional<int> driver_device(int index)
{
    int device = 0;
    return succeeds<int(unsigned)>("cuInit", 0U) && succeeds<int(int*, int)>("cuDeviceGet", &device, index)
               ? std::optional(device)
               : std::nullopt;
}

/// cuBLAS is deterministic only with one of two workspaces, and reads this when it starts. With another one, which somebody may have
/// set for other programs, libtorch would refuse the first matrix product.
void make_cublas_deterministic()
{
    const char* const name = "CUBLAS_WORKSPACE_CONFIG";
    const char* const value = std::getenv(name);
    if (value == nullptr || (std::string_view(value) != ":4096:8" && std::string_view(value) != ":16:8")) {
        setenv(name, ":4096:8", 1);
    }
}

/// Returns cuDNN's or NCCL's number of a version as text: 91900 is "9.19.0".
std::string dotted(long version)
{
    return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
           std::to_string(version % 100);
}

}  // namespace

bool driver_present()
{
    return driver() != nullptr;
}

int driver_cuda_version()
{
    int version = 0;
    return succeeds<int(int*)>("cuDriverGetVersion", &version) ? version : 0;
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
    make_cublas_deterministic();
    const std::filesystem::path path = libtorch_folder() / "libtorch_cuda.so";
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* why = dlerror();
        throw NoDevice("no GPU can be used: the NVIDIA driver is here, but libtorch's CUDA part cannot be loaded (" +
                       std::string(why == nullptr ? path.string() : why) +
                       "); the CPU set of libraries is installed: run ./quickstart.sh --cuda --install-only, or take "
                       "--device cpu");
    }
    // A driver runs what was built for its own CUDA version and for all before it with the same number before the point.
    const long runtime = at::detail::getCUDAHooks().versionCUDART();
    if (const int version = driver_cuda_version(); version > 0 && version / 1000 < runtime / 1000) {
        throw NoDevice("no GPU can be used: the NVIDIA driver supports CUDA up to " + std::to_string(version / 1000) +
                       "." + std::to_string(version % 1000 / 10) + ", this libtorch needs CUDA " +
                       std::to_string(runtime / 1000) + "; update the driver, or take --device cpu");
    }
    loaded = true;
}

int devices()
{
    return at::globalContext().hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
}

std::string device_name(int index)
{
    std::array<char, 256> text{};
    const auto device = driver_device(index);
    return device && succeeds<int(char*, int, int)>("cuDeviceGetName", text.data(), int{text.size()} - 1, *device)
               ? text.data()
               : std::string();
}

std::string compute_capability(int index)
{
    constexpr int capability_major = 75, capability_minor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
    int major = 0, minor = 0;
    const auto device = driver_device(index);
    if (!device || !succeeds<int(int*, int, int)>("cuDeviceGetAttribute", &major, capability_major, *device) ||
        !succeeds<int(int*, int, int)>("cuDeviceGetAttribute", &minor, capability_minor, *device)) {
        return {};
    }
    return std::to_string(major) + "." + std::to_string(minor);
}

std::string uuid(int index)
{
    std::array<unsigned char, 16> bytes{};
    const auto device = driver_device(index);
    // Version 2 names the instance of a divided GPU, version 1 the GPU.
    if (!device || (!succeeds<int(unsigned char*, int)>("cuDeviceGetUuid_v2", bytes.data(), *device) &&
                    !succeeds<int(unsigned char*, int)>("cuDeviceGetUuid", bytes.data(), *device))) {
        return {};
    }
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += digits[bytes[i] / 16];
        text += digits[bytes[i] % 16];
    }
    return text;
}

std::string visible_uuid(int index)
{
    const std::string digits = uuid(index);
    if (digits.empty()) {
        return {};
    }
    // Only where it is selected by its UUID does the selection say that it is an instance of a GPU.
    const char* const selected = std::getenv("CUDA_VISIBLE_DEVICES");
    const bool is_instance =
        selected != nullptr && std::string_view(selected).find("MIG-" + digits) != std::string_view::npos;
    return (is_instance ? "MIG-" : "GPU-") + digits;
}

Software software()
{
    Software found;
    std::ifstream module("/sys/module/nvidia/version");
    if (!std::getline(module, found.driver)) {
        if (const int version = driver_cuda_version(); version > 0) {
            found.driver = "for CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
        }
    }
    // Not CUDAHooks::versionCuDNN(), which is the version that libtorch was compiled with.
    if (auto* const version = reinterpret_cast<std::size_t (*)()>(dlsym(RTLD_DEFAULT, "cudnnGetVersion"))) {
        found.cudnn = dotted(static_cast<long>(version()));
    }
    int nccl = 0;
    auto* const nccl_version = reinterpret_cast<int (*)(int*)>(dlsym(RTLD_DEFAULT, "ncclGetVersion"));
    if (nccl_version != nullptr && nccl_version(&nccl) == 0) {
        found.nccl = dotted(nccl);
    }
    return found;
}

std::string build_text()
{
    return at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().showConfig() : std::string();
}

}  // namespace attnsweep::model::cuda
