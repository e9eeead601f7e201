#pragma once

#include <atomic>

namespace attnsweep::stand_in {

/// What the stand-in for CUDA's runtime does, which a test program links in its place.
struct Cuda {
    int gpus = 8;
    std::atomic<int> device = 0;
    std::atomic<int> record_error = 0, query_error = 0;  ///< cudaError_t; 600: cudaErrorNotReady
    std::atomic<int> records_until_error = -1;           ///< of events; then a query fails; -1: it does not
};

Cuda& cuda();

/// What cudaGetLastError() says in this thread.
int cuda_last_error();

}  // namespace attnsweep::stand_in
