#include "runner/trial/cuda_failures.h"

#include <dlfcn.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/paths.h"

namespace attnsweep::runner {
namespace {

/// Loads CUDA's runtime as a trial has it: by libtorch_cpu.so, of the CPU set too. Its texts need no driver.
void* cuda_runtime()
{
    static void* const library = []() -> void* {
        std::error_code none;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(
                 std::filesystem::path(tests::paths::source) / ".deps/lib", none)) {
            if (entry.path().filename().string().starts_with("libcudart.so.")) {
                return dlopen(entry.path().c_str(), RTLD_NOW | RTLD_GLOBAL);
            }
        }
        return nullptr;
    }();
    return library;
}

class CudaFailures : public testing::Test {
protected:
    void SetUp() override
    {
        if (cuda_runtime() == nullptr) {
            GTEST_SKIP() << "no CUDA runtime in .deps (libtorch is from elsewhere)";
        }
    }
};

TEST_F(CudaFailures, WantOfMemoryWhoeverMeetsIt)
{
    for (const char* message :
         {"DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
          "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB",
          "CUDA error: out of memory", "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
          "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
          "GET was unable to find an engine to execute this computation",
          "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"}) {
        EXPECT_EQ(kind_by_words(message), configs::FailureKind::out_of_memory) << message;
    }
}

TEST_F(CudaFailures, WhatIsTheDevicesFault)
{
    for (const char* message :
         {"CUDA error: uncorrectable ECC error encountered", "CUDA error: unspecified launch failure",
          "CUDA error: an illegal instruction was encountered",
          "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
          "CUDA error: no CUDA-capable device is detected",
          "CUDA error: no kernel image is available for execution on the device",
          "CUDA error: the MPS client has been terminated by the server",
          "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`"}) {
        EXPECT_EQ(kind_by_words(message), configs::FailureKind::device) << message;
    }
}

TEST_F(CudaFailures, WhatWouldFailOnEveryDeviceIsTheProgramsFault)
{
    for (const char* message :
         {"CUDA error: device-side assert triggered", "CUDA error: an illegal memory access was encountered",
          "replica 0 of 2: an exchange failed on GPU 1 of 2: NCCL: unhandled cuda error",  // of many causes
          "mat1 and mat2 shapes cannot be multiplied (16x9 and 8x4)", ""}) {
        EXPECT_EQ(kind_by_words(message), configs::FailureKind::error) << message;
    }
}

TEST_F(CudaFailures, NcclsLastWarningSaysWhatItCouldNotHandle)
{
    const std::string nccl = "NCCL cannot start on GPU 0 of 2: NCCL: unhandled cuda error; NCCL's last warning: ";
    EXPECT_EQ(kind_by_words(nccl + "Cuda failure 2 'out of memory'"), configs::FailureKind::out_of_memory);
    EXPECT_EQ(kind_by_words(nccl + "Cuda failure 'out of memory'"),
              configs::FailureKind::out_of_memory);  // before 2.28
    EXPECT_EQ(kind_by_words(nccl + "Cuda failure 220 'uncorrectable NVLink error detected during the execution'"),
              configs::FailureKind::device);
    EXPECT_EQ(kind_by_words(nccl + "Cuda failure 719 'unspecified launch failure'"), configs::FailureKind::device);
    EXPECT_EQ(kind_by_words(nccl + "Cuda failure 700 'an illegal memory access was encountered'"),
              configs::FailureKind::error);
    EXPECT_EQ(kind_by_words("NCCL: unhandled system error; NCCL's last warning: Cuda failure 2 'out of memory'"),
              configs::FailureKind::error)
        << "a warning of something that went well";
    EXPECT_EQ(kind_by_words(nccl + "Error: failed to open '/dev/shm/nccl-1'"), configs::FailureKind::error);
}

TEST_F(CudaFailures, TheCodeDecidesWhereItIsKnown)
{
    EXPECT_EQ(kind_by_code(2), configs::FailureKind::out_of_memory);
    EXPECT_EQ(kind_by_code(214), configs::FailureKind::device);
    EXPECT_EQ(kind_by_code(700), configs::FailureKind::error);
    EXPECT_EQ(kind_by_code(999), std::nullopt) << "unknown";
}

TEST_F(CudaFailures, WordsSayWhatTheCodeSaysForEveryErrorOfTheRuntime)
{
    auto* const text = reinterpret_cast<const char* (*)(int)>(dlsym(cuda_runtime(), "cudaGetErrorString"));
    ASSERT_NE(text, nullptr);
    const std::string unknown = text(-1);
    int known = 0;
    for (int code = 1; code < 1000; ++code) {
        if (text(code) == unknown) {
            continue;
        }
        ++known;
        const std::string message = std::string("CUDA error: ") + text(code) + "\nCUDA kernel errors might be ...";
        const bool of_an_earlier_launch = code == 53;  // "unspecified launch failure in prior launch"
        EXPECT_EQ(kind_by_words(message), of_an_earlier_launch
                                              ? configs::FailureKind::device
                                              : kind_by_code(code).value_or(configs::FailureKind::error))
            << code << ": " << message;
    }
    EXPECT_GT(known, 100);
}

TEST_F(CudaFailures, ABusyGpuIsToldByItsMessage)
{
    EXPECT_TRUE(is_busy_by_words("CUDA error: CUDA-capable device(s) is/are busy or unavailable"));
    EXPECT_TRUE(is_busy_by_words("CUDA error: exclusive-thread device already in use by a different thread"));
    EXPECT_FALSE(is_busy_by_words("CUDA error: unrecognized error code"));
    EXPECT_EQ(kind_by_words("CUDA error: unrecognized error code"), configs::FailureKind::error);
    EXPECT_FALSE(is_busy_by_words("CUDA error: uncorrectable ECC error encountered"));
}

}  // namespace
}  // namespace attnsweep::runner
