#pragma once

#include <string>

namespace attnsweep::model::cuda {

/// Whether an NVIDIA driver is there (libcuda.so.1 can be loaded). Loads nothing of libtorch.
bool driver_present();

/// Loads libtorch_cuda.so from libtorch's own folder, once a process, which registers CUDA's operators. Throws NoDevice saying
/// what is missing (driver, libraries) and the remedy.
void load();

/// GPUs that libtorch sees; load() first.
int devices();

/// A GPU's name by the driver ("NVIDIA H100 80GB HBM3"), or "" if it does not tell.
std::string device_name(int index);

/// A GPU's compute capability by the driver ("9.0"), or "".
std::string compute_capability(int index);

/// What libtorch's CUDA part says it was built with: runtime, architectures. load() first.
std::string build_text();

}  // namespace attnsweep::model::cuda
