#include "runner/trial/cuda_failures.h"

#include <algorithm>
#include <array>

namespace attnsweep::runner {

namespace {

constexpr std::array out_of_memory = {
    // libtorch's CPU allocator, which throws a plain c10::Error
    "can't allocate memory",
    "not enough memory",
    // cudaErrorMemoryAllocation met outside of libtorch's allocator
    "CUDA error: out of memory",
    "CUDA out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUSOLVER_STATUS_ALLOC_FAILED",
};

/// Messages of cudaGetErrorString, as in CUDA 12 and 13.
constexpr std::array device = {
    "uncorrectable ECC error encountered",
    "uncorrectable NVLink error detected",
    "uncontained memory error",
    "hardware stack error",
    "an illegal instruction was encountered",
    "unspecified launch failure",
    "the launch timed out and was terminated",
    "device not functioning",
    "GPU is lost",
    "fallen off the bus",
    "all CUDA-capable devices are busy or unavailable",
    "CUDA-capable device(s) is/are busy or unavailable",
    "no CUDA-capable device is detected",
    "driver shutting down",
    "system not yet initialized",
    "CUDNN_STATUS_EXECUTION_FAILED",
    "CUBLAS_STATUS_EXECUTION_FAILED",
};

}  // namespace

configs::FailureKind kind_by_words(const std::string& message)
{
    const auto stands_in = [&](const char* words) { return message.find(words) != std::string::npos; };
    if (std::any_of(out_of_memory.begin(), out_of_memory.end(), stands_in)) {
        return configs::FailureKind::out_of_memory;
    }
    if (std::any_of(device.begin(), device.end(), stands_in)) {
        return configs::FailureKind::device;
    }
    return configs::FailureKind::error;
}

}  // namespace attnsweep::runner
