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
    "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    // cuDNN found no algorithm whose workspace fits
    "unable to find an engine to execute this computation",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",  // cublasCreate on a GPU without free memory
    "CUSOLVER_STATUS_ALLOC_FAILED",
};

// "CUDA-capable device(s) is/are busy or unavailable", "all CUDA-capable devices are busy or unavailable"
constexpr const char* busy_words = "busy or unavailable";

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
    busy_words,
    "no CUDA-capable device is detected",
    "driver shutting down",
    "no kernel image is available for execution on the device",
    "CUDA driver version is insufficient for CUDA runtime version",
    "MPS client failed to connect",
    "MPS server is not ready",
    "MPS server and the MPS client failed",
    "required to create MPS client have been exhausted",
    "required to support device connections have been exhausted",
    "MPS client has been terminated by the server",
    "system not yet initialized",
    "CUDNN_STATUS_EXECUTION_FAILED",
    "CUBLAS_STATUS_EXECUTION_FAILED",
};

}  // namespace

std::optional<configs::FailureKind> kind_by_code(int cuda_error)
{
    switch (cuda_error) {
    case 2:  // cudaErrorMemoryAllocation
        return configs::FailureKind::out_of_memory;
    case 700:  // cudaErrorIllegalAddress: the program's fault, like the next three
    case 710:  // cudaErrorAssert
    case 716:  // cudaErrorMisalignedAddress
    case 718:  // cudaErrorInvalidPc
        return configs::FailureKind::error;
    case 3:    // cudaErrorInitializationError
    case 4:    // cudaErrorCudartUnloading
    case 35:   // cudaErrorInsufficientDriver
    case 46:   // cudaErrorDevicesUnavailable
    case 100:  // cudaErrorNoDevice
    case 101:  // cudaErrorInvalidDevice
    case 209:  // cudaErrorNoKernelImageForDevice
    case 214:  // cudaErrorECCUncorrectable
    case 220:  // cudaErrorNvlinkUncorrectable
    case 226:  // cudaErrorContained
    case 702:  // cudaErrorLaunchTimeout
    case 714:  // cudaErrorHardwareStackError
    case 715:  // cudaErrorIllegalInstruction
    case 719:  // cudaErrorLaunchFailure
    case 802:  // cudaErrorSystemNotReady
    case 805:  // cudaErrorMpsConnectionFailed
    case 806:  // cudaErrorMpsRpcFailure
    case 807:  // cudaErrorMpsServerNotReady
    case 808:  // cudaErrorMpsMaxClientsReached
    case 809:  // cudaErrorMpsMaxConnectionsReached
    case 810:  // cudaErrorMpsClientTerminated
        return configs::FailureKind::device;
    default:
        return std::nullopt;
    }
}

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

bool is_busy_by_words(const std::string& message)
{
    return message.find(busy_words) != std::string::npos;
}

}  // namespace attnsweep::runner
