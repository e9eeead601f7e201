#pragma once

#include <string>

#include "configs/failure.h"

namespace attnsweep::runner {

/// The kind of what libtorch or CUDA says went wrong, by its words: CUDA's own numbers do not reach us.
/// out_of_memory: the allocators of CPU, CUDA, cuDNN, cuBLAS and NCCL; device: what is the hardware's or the driver's fault and
/// leaves the process without a device; else error. An illegal address or a failed assertion on the device is an error: the
/// program's fault, and the same on every device.
configs::FailureKind kind_by_words(const std::string& message);

}  // namespace attnsweep::runner
