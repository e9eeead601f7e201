#include "model/cuda/cuda_plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <system_error>

namespace attnsweep::model::cuda {

namespace {

constexpr const char* remedy = "build all targets, and install the programs together with it (cmake --install)";

}  // namespace

Plugin load_plugin(const std::filesystem::path& path)
{
    Plugin plugin{path, nullptr, {}};
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) {
        plugin.why = path.string() + " is missing: " + remedy;
        return plugin;
    }
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* const why = dlerror();
        plugin.why =
            path.string() + " cannot be loaded (" + (why == nullptr ? "no reason is given" : why) + "): " + remedy;
        return plugin;
    }
    auto* const functions =
        reinterpret_cast<decltype(&attnsweep_cuda_functions)>(dlsym(library, "attnsweep_cuda_functions"));
    plugin.functions = functions == nullptr ? nullptr : functions(attnsweep_cuda_interface);
    if (plugin.functions == nullptr) {
        plugin.why = path.string() + " is of another version, this program needs its interface " +
                     std::to_string(attnsweep_cuda_interface) + ": " + remedy;
    }
    return plugin;
}

std::filesystem::path plugin_path()
{
    const char* const own = std::getenv("ATTNSWEEP_CUDA_PLUGIN");
    if (own != nullptr && *own != '\0') {
        return own;
    }
    std::error_code failure;
    return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path() / "libattnsweep_cuda.so";
}

const Plugin& plugin()
{
    static const Plugin loaded = load_plugin(plugin_path());
    return loaded;
}

}  // namespace attnsweep::model::cuda
