#pragma once

#include <filesystem>
#include <string>

#include "model/cuda/plugin/plugin_functions.h"

namespace attnsweep::model::cuda {

/// What libattnsweep_cuda.so offers, or why it offers nothing.
struct Plugin {
    std::filesystem::path path;
    const AttnsweepCudaFunctions* functions = nullptr;  ///< null: it cannot be used
    std::string why;                                    ///< then in words, with the remedy
};

/// Loads the plugin of this file. It stays loaded.
Plugin load_plugin(const std::filesystem::path& path);

/// Returns where the plugin is looked for: beside the program, or what ATTNSWEEP_CUDA_PLUGIN names.
std::filesystem::path plugin_path();

/// Returns the plugin, loaded once per process; call load() of cuda_library.h first.
const Plugin& plugin();

}  // namespace attnsweep::model::cuda
