#pragma once

#include <optional>
#include <string>

#include "configs/failure.h"

namespace attnsweep::runner {

/// Classifies a failure by CUDA's error code (cudaError_t), which c10::AcceleratorError carries; nothing if the code says no more than
/// the message. Sources: driver_types.h of CUDA 13.0.
std::optional<configs::FailureKind> kind_by_code(int cuda_error);

/// Returns whether the code tells of a fault of the GPU alone that reports it. After other errors every GPU of the process may report the
/// same.
bool is_of_one_gpu(int cuda_error);

/// Classifies a failure by the text of libtorch's message, where no code reaches us: by the words of the loaded CUDA
/// runtime for its errors, and by those of the other libraries. out_of_memory: the allocators of CPU, CUDA, cuDNN and
/// cuBLAS. device: faults of the hardware or driver that leave the process without a
/// device. error: all others, including an illegal address or a failed assertion on the device, which are the program's fault
/// and the same on every device.
configs::FailureKind kind_by_words(const std::string& message);

/// Returns whether the message says that another process has the GPU to itself for now (compute mode "exclusive process", or a job that
/// is just ending): worth waiting for.
bool is_busy_by_words(const std::string& message);

}  // namespace attnsweep::runner
