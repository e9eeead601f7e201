#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::runner {

/// A GPU, or an instance of one that is divided (MIG), which this process may use.
struct Gpu {
    std::string uuid;               ///< "GPU-..." or "MIG-...", as CUDA_VISIBLE_DEVICES takes it
    std::string name{};             ///< "NVIDIA H100 80GB HBM3"; empty: unknown
    std::int64_t free_bytes = 0;    ///< 0: unknown
    std::vector<int> near_cores{};  ///< the cores of its part of the machine; empty: unknown
    int number = -1;                ///< by which `--device cuda:N` names it: CUDA's where CUDA was asked; -1: none
    std::int64_t total_bytes = 0;   ///< all its memory; 0: unknown
};
void to_json(nlohmann::json& json, const Gpu& gpu);
void from_json(const nlohmann::json& json, Gpu& gpu);

/// Returns the GPUs of this machine by NVML (libnvidia-ml.so.1 by dlopen, without CUDA) in NVML's order, that of the PCI bus; a GPU in MIG
/// mode by its instances. Left out are GPUs that this process may not open (control group, no /dev/nvidiaN). Empty: no GPU, or no driver.
std::vector<Gpu> gpus_here();

/// Returns those of gpus_here() that CUDA_VISIBLE_DEVICES selects, in its order; all where it is not set. Its plain numbers are taken
/// to count in NVML's order, which is CUDA's where all GPUs are alike or CUDA_DEVICE_ORDER is PCI_BUS_ID.
std::vector<Gpu> visible_gpus();

/// Returns all memory of the GPU with least; 0: there is none, or that of one is unknown.
std::int64_t smallest_gpu_bytes(const std::vector<Gpu>& gpus);

/// Returns whether CUDA_VISIBLE_DEVICES selects by plain numbers, which only CUDA can tell.
bool are_selected_by_number();

/// Returns whether the GPU is in the compute mode "exclusive process": while one process uses it, it is unavailable to others.
bool is_exclusive(const std::string& uuid);

/// Returns the free memory of the GPU with this UUID; 0: unknown.
std::int64_t free_gpu_bytes(const std::string& uuid);

}  // namespace attnsweep::runner
