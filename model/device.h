#pragma once

#include <cstdint>
#include <string>

#include <c10/core/Device.h>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"
#include "model/error.h"

namespace attnsweep::model {

/// auto: a GPU if one can be used, else the CPU; cpu; cuda; cuda:N. libtorch_cuda.so is loaded only when a GPU is asked for
/// (or `auto` finds a driver). Throws NoDevice where the GPU asked for cannot be used: what is missing, and the remedy; Error for
/// an unknown name.
c10::Device choose_device(const std::string& name);

/// CPU threads of libtorch's operators, and what makes equal settings give equal bits (deterministic algorithms). Once a process,
/// before the first network. Throws Error for threads < 1.
void use_threads(int threads);

/// float32: no TF32 and no bfloat16 behind the scenes; tf32: TF32 in matrix products and convolutions, a GPU's alone;
/// bfloat16: autocast (weights, statistics, loss and optimizer stay float32). Throws Error where the device does not know it.
void use_precision(configs::Precision precision, const c10::Device& device);

/// The most memory this process has held of the GPU it computes on, CUDA's own share included; 0 on the CPU.
std::int64_t peak_device_bytes(const c10::Device& device);

/// Where and by what a trial runs. `attnsweep_version` is left to the program.
configs::ExecutionRecord execution_record(const c10::Device& device, int threads);

}  // namespace attnsweep::model
