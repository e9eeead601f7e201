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

}  // namespace attnsweep::model::cuda
