#pragma once

#include <string>

namespace attnsweep::model::cuda {

/// Returns whether an NVIDIA driver is installed (libcuda.so.1 can be loaded). Loads nothing of libtorch.
bool driver_present();

/// Returns the newest CUDA that the driver supports, 13000 for 13.0; 0: unknown, or no driver.
int driver_cuda_version();

/// Loads libtorch_cuda.so, which registers CUDA's operators, from libtorch's folder, once per process. Throws NoDevice
/// naming what is missing (driver, a driver new enough, libraries) and the remedy.
void load();

/// Returns the number of GPUs that libtorch sees; call load() first.
int devices();

/// Returns a GPU's name from the driver ("NVIDIA H100 80GB HBM3"), or "" if unknown.
std::string device_name(int index);

/// Returns a GPU's compute capability from the driver ("9.0"), or "" if unknown.
std::string compute_capability(int index);

/// Returns the hexadecimal part of a GPU's UUID, or that of the instance if it is divided, from the driver
/// ("1a2b3c4d-..."), or "" if unknown.
std::string uuid(int index);

/// Returns a GPU's UUID as CUDA_VISIBLE_DEVICES takes it ("GPU-1a2b3c4d-...", "MIG-..."), or "" if unknown.
std::string visible_uuid(int index);

/// Versions of what computes beside libtorch; "" if unknown.
struct Software {
    std::string driver;  ///< "580.65.06"; "for CUDA 13.0" where only that is known (WSL)
    std::string cudnn, nccl;
};

/// Returns the versions that are loaded; call load() first.
Software software();

/// Returns what libtorch's CUDA part was built with: runtime, architectures; call load() first.
std::string build_text();

}  // namespace attnsweep::model::cuda
