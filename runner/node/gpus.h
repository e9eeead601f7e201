#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::runner {

/// Returns the GPUs, named as in CUDA_VISIBLE_DEVICES, in the order in which slots count them: that variable's list if it is set,
/// else as many as NVML counts (libnvidia-ml.so.1 by dlopen, without CUDA). Empty: no GPU, or no driver.
std::vector<std::string> visible_gpus();

/// Returns the free memory of the GPU that has the least of it, of those named by visible_gpus(); 0: unknown.
std::int64_t free_gpu_bytes(const std::vector<std::string>& gpus);

}  // namespace attnsweep::runner
