#include "runner/trial/cuda_failures.h"

#include <gtest/gtest.h>

namespace attnsweep::runner {
namespace {

TEST(CudaFailures, WantOfMemoryWhoeverMeetsIt)
{
    for (const char* message : {"DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
                                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79 GiB",
                                "CUDA error: out of memory", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
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

}  // namespace
}  // namespace attnsweep::runner
