#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>

namespace attnsweep::data {

/// Returns the mutex to hold while making or destroying a plan: FFTW's planner is not thread-safe.
std::mutex& fftw_planner();

/// Allocates memory with FFTW's alignment, so that plans made for one buffer run on another. Throws std::bad_alloc.
void* fftw_allocate(std::size_t bytes);
void fftw_release(void* memory);

struct ReleaseFftw {
    void operator()(void* memory) const { fftw_release(memory); }
};
template <typename T> using FftwBuffer = std::unique_ptr<T[], ReleaseFftw>;

/// Returns a buffer of `count` zeros.
template <typename T> FftwBuffer<T> fftw_buffer(std::size_t count)
{
    auto* memory = static_cast<T*>(fftw_allocate(sizeof(T) * count));
    for (std::size_t index = 0; index < count; ++index) {
        new (memory + index) T{};
    }
    return FftwBuffer<T>(memory);
}

}  // namespace attnsweep::data
