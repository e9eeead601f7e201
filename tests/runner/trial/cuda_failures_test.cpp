#include "runner/trial/cuda_failures.h"

#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

TEST(CudaFailures, WantOfMemoryWhoeverMeetsIt)
{
    for (const char* message : {"DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
                                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB",
                                "CUDA error: out of memory", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
                                "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
                                "GET was unable to find an engine to execute this computation",
                                "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"}) {
        EXPECT_EQ(kind_by_words(message), configs::FailureKind::out_of_memory) << message;
    }
}

TEST(CudaFailures, WhatIsTheDevicesFault)
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

TEST(CudaFailures, WhatWouldFailOnEveryDeviceIsTheProgramsFault)
{
    for (const char* message :
         {"CUDA error: device-side assert triggered", "CUDA error: an illegal memory access was encountered",
          "mat1 and mat2 shapes cannot be multiplied (16x9 and 8x4)", ""}) {
        EXPECT_EQ(kind_by_words(message), configs::FailureKind::error) << message;
    }
}

TEST(CudaFailures, TheCodeDecidesWhereItIsKnown)
{
    EXPECT_EQ(kind_by_code(2), configs::FailureKind::out_of_memory);
    EXPECT_EQ(kind_by_code(214), configs::FailureKind::device);
    EXPECT_EQ(kind_by_code(700), configs::FailureKind::error);
    EXPECT_EQ(kind_by_code(999), std::nullopt) << "unknown";
}

TEST(CudaFailures, ABusyGpuIsToldByItsMessage)
{
    EXPECT_TRUE(is_busy_by_words("CUDA error: CUDA-capable device(s) is/are busy or unavailable"));
    EXPECT_FALSE(is_busy_by_words("CUDA error: uncorrectable ECC error encountered"));
}

}  // namespace
}  // namespace attnsweep::runner
