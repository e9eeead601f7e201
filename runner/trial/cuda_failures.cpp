#include "runner/trial/cuda_failures.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <utility>

namespace attnsweep::runner {

namespace {

using configs::FailureKind;

/// Errors of CUDA's runtime that say whose fault they are: names and numbers of driver_types.h, CUDA 12 and 13.
constexpr std::array runtime_errors{
    std::pair{2, FailureKind::out_of_memory},  // cudaErrorMemoryAllocation
    std::pair{700, FailureKind::error},        // cudaErrorIllegalAddress: the program's fault, like the next three
    std::pair{710, FailureKind::error},        // cudaErrorAssert
    std::pair{716, FailureKind::error},        // cudaErrorMisalignedAddress
    std::pair{718, FailureKind::error},        // cudaErrorInvalidPc
    std::pair{3, FailureKind::device},         // cudaErrorInitializationError
    std::pair{4, FailureKind::device},         // cudaErrorCudartUnloading
    std::pair{35, FailureKind::device},        // cudaErrorInsufficientDriver
    std::pair{46, FailureKind::device},        // cudaErrorDevicesUnavailable
    std::pair{100, FailureKind::device},       // cudaErrorNoDevice
    std::pair{101, FailureKind::device},       // cudaErrorInvalidDevice
    std::pair{102, FailureKind::device},       // cudaErrorDeviceNotLicensed
    std::pair{103, FailureKind::device},       // cudaErrorSoftwareValidityNotEstablished
    std::pair{127, FailureKind::device},       // cudaErrorStartupFailure
    std::pair{209, FailureKind::device},       // cudaErrorNoKernelImageForDevice
    std::pair{214, FailureKind::device},       // cudaErrorECCUncorrectable
    std::pair{216, FailureKind::device},       // cudaErrorDeviceAlreadyInUse
    std::pair{220, FailureKind::device},       // cudaErrorNvlinkUncorrectable
    std::pair{226, FailureKind::device},       // cudaErrorContained
    std::pair{702, FailureKind::device},       // cudaErrorLaunchTimeout
    std::pair{714, FailureKind::device},       // cudaErrorHardwareStackError
    std::pair{715, FailureKind::device},       // cudaErrorIllegalInstruction
    std::pair{719, FailureKind::device},       // cudaErrorLaunchFailure
    std::pair{802, FailureKind::device},       // cudaErrorSystemNotReady
    std::pair{803, FailureKind::device},       // cudaErrorSystemDriverMismatch
    std::pair{804, FailureKind::device},       // cudaErrorCompatNotSupportedOnDevice
    std::pair{805, FailureKind::device},       // cudaErrorMpsConnectionFailed
    std::pair{806, FailureKind::device},       // cudaErrorMpsRpcFailure
    std::pair{807, FailureKind::device},       // cudaErrorMpsServerNotReady
    std::pair{808, FailureKind::device},       // cudaErrorMpsMaxClientsReached
    std::pair{809, FailureKind::device},       // cudaErrorMpsMaxConnectionsReached
    std::pair{810, FailureKind::device},       // cudaErrorMpsClientTerminated
};

/// Words of libraries that have no CUDA error code. NCCL's "unhandled cuda error" is not among them: what it could not handle, NCCL's
/// last warning says ("Cuda failure 2 'out of memory'"), and it is classified by that. tests/gpu/without_a_gpu.sh looks for each in the wheels.
constexpr std::array library_words{
    std::pair{"can't allocate memory", FailureKind::out_of_memory},  // libtorch's allocator on the CPU, a c10::Error
    std::pair{"not enough memory", FailureKind::out_of_memory},
    std::pair{"CUDA out of memory", FailureKind::out_of_memory},
    std::pair{"CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED", FailureKind::out_of_memory},
    std::pair{"CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", FailureKind::out_of_memory},
    // No algorithm's workspace fits.
    std::pair{"unable to find an engine to execute this computation", FailureKind::out_of_memory},
    std::pair{"CUBLAS_STATUS_ALLOC_FAILED", FailureKind::out_of_memory},
    std::pair{"CUBLAS_STATUS_NOT_INITIALIZED", FailureKind::out_of_memory},  // on a GPU without free memory
    std::pair{"CUDNN_STATUS_EXECUTION_FAILED", FailureKind::device},
    std::pair{"CUBLAS_STATUS_EXECUTION_FAILED", FailureKind::device},
};

/// Returns the text that the loaded CUDA runtime, of whichever version, has for an error; "" if none is loaded, or it knows no such error.
std::string text_of(int cuda_error)
{
    static auto* const text = reinterpret_cast<const char* (*)(int)>(dlsym(RTLD_DEFAULT, "cudaGetErrorString"));
    constexpr int no_error_at_all = -1;
    const std::string found = text == nullptr ? "" : text(cuda_error);
    return found.empty() || found == text(no_error_at_all) ? "" : found;
}

/// Returns whether libtorch ("CUDA error: TEXT", "CUDA driver error: TEXT") or NCCL ("unhandled cuda error", with the warning "Cuda failure
/// NUMBER 'TEXT'", older ones without the number) reports this error of CUDA. With other errors NCCL's last warning may be an old one.
bool reports(const std::string& message, int cuda_error)
{
    const std::string text = text_of(cuda_error);
    if (text.empty()) {
        return false;
    }
    return message.find("error: " + text) != std::string::npos ||
           (message.find("unhandled cuda error") != std::string::npos &&
            message.find("'" + text + "'") != std::string::npos);
}

}  // namespace

std::optional<FailureKind> kind_by_code(int cuda_error)
{
    const auto found = std::find_if(runtime_errors.begin(), runtime_errors.end(),
                                    [&](const auto& one) { return one.first == cuda_error; });
    return found == runtime_errors.end() ? std::nullopt : std::optional(found->second);
}

bool is_of_one_gpu(int cuda_error)
{
    constexpr int uncorrectable_ecc = 214, contained = 226, hardware_stack = 714;
    return cuda_error == uncorrectable_ecc || cuda_error == contained || cuda_error == hardware_stack;
}

FailureKind kind_by_words(const std::string& message)
{
    for (const auto& [words, kind] : library_words) {
        if (message.find(words) != std::string::npos) {
            return kind;
        }
    }
    for (const auto& [code, kind] : runtime_errors) {
        if (reports(message, code)) {
            return kind;
        }
    }
    return FailureKind::error;
}

bool is_busy_by_words(const std::string& message)
{
    constexpr int device_already_in_use = 216;
    return message.find("busy or unavailable") != std::string::npos || reports(message, device_already_in_use);
}

}  // namespace attnsweep::runner
