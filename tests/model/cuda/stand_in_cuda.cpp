#include "tests/model/cuda/stand_in_cuda.h"

#include <utility>

#include <cuda_runtime_api.h>

static thread_local cudaError_t last_error = cudaSuccess;

namespace attnsweep::stand_in {

Cuda& cuda()
{
    static Cuda the_one;
    return the_one;
}

int cuda_last_error()
{
    return cudaGetLastError();
}

}  // namespace attnsweep::stand_in

using attnsweep::stand_in::cuda;

// What the plugin's exchange takes from CUDA; an event has no contents.
extern "C" {

cudaError_t cudaGetDevice(int* device)
{
    *device = cuda().device;
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int device)
{
    if (device >= cuda().gpus) {
        return cudaErrorInvalidDevice;
    }
    cuda().device = device;
    return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned)
{
    *event = reinterpret_cast<cudaEvent_t>(new char);
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t)
{
    cuda().records_until_error -= cuda().records_until_error > 0 ? 1 : 0;
    return static_cast<cudaError_t>(cuda().record_error.load());
}
cudaError_t cudaEventQuery(cudaEvent_t)
{
    const cudaError_t error =
        cuda().records_until_error == 0 ? cudaErrorIllegalAddress : static_cast<cudaError_t>(cuda().query_error.load());
    last_error = error == cudaSuccess ? last_error : error;
    return error;
}
cudaError_t cudaGetLastError()
{
    return std::exchange(last_error, cudaSuccess);
}
cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete reinterpret_cast<char*>(event);
    return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorInvalidDevice ? "invalid device ordinal" : "a stand-in's error";
}
}
