#pragma once

#include <cstdint>
#include <string>

#include <c10/core/Device.h>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"
#include "model/error.h"

namespace attnsweep::model {

/// Returns the device of a name: auto (a GPU if one can be used, else the CPU), cpu, cuda, cuda:N. Loads
/// libtorch_cuda.so only if a GPU is requested (or `auto` finds a driver). Throws NoDevice when the requested GPU
/// cannot be used, naming what is missing and the remedy; Error for an unknown name.
c10::Device choose_device(const std::string& name);

/// Sets the CPU threads of libtorch's operators, the instructions of our kernels to those that libtorch's use, and deterministic
/// algorithms, so that equal settings give equal bits.
/// Call it once per process, before the first network. `replicas`: which have so many threads each. Throws Error for threads < 1,
/// std::system_error where the system starts fewer.
void use_threads(int threads, int replicas = 1);

/// Sets the arithmetic. float32: no implicit TF32 or bfloat16; tf32: TF32 in matrix products and convolutions, only on
/// GPUs; bfloat16: autocast (weights, statistics, loss and optimizer stay float32). Throws Error if the device does not
/// support it.
void use_precision(configs::Precision precision, const c10::Device& device);

/// Returns the peak memory of this process on its GPU, CUDA's own share included; 0 on the CPU.
std::int64_t peak_device_bytes(const c10::Device& device);

/// Returns where and with which software a trial runs. `attnsweep_version` is left to the program.
configs::ExecutionRecord execution_record(const c10::Device& device, int threads);

}  // namespace attnsweep::model
