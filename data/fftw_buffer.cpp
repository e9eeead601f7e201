#include "data/fftw_buffer.h"

#include <fftw3.h>

namespace attnsweep::data {

std::mutex& fftw_planner()
{
    static std::mutex mutex;
    return mutex;
}

void* fftw_allocate(std::size_t bytes)
{
    void* memory = fftw_malloc(bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void fftw_release(void* memory)
{
    fftw_free(memory);
}

}  // namespace attnsweep::data
