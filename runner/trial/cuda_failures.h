#pragma once

#include <string>

#include "configs/failure.h"

namespace attnsweep::runner {

/// Classifies a failure by the text of libtorch's or CUDA's message, since CUDA's error codes do not reach us. out_of_memory: the
/// allocators of CPU, CUDA, cuDNN, cuBLAS and NCCL. device: faults of the hardware or driver that leave the process without a
/// device. error: all others, including an illegal address or a failed assertion on the device, which are the program's fault
/// and the same on every device.
configs::FailureKind kind_by_words(const std::string& message);

}  // namespace attnsweep::runner
