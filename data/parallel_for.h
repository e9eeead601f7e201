#pragma once

#include <cstdint>
#include <functional>

namespace attnsweep::data {

/// Calls work(0) .. work(count - 1), begun in that order, on `threads` threads (0: as many as this process may use).
/// The first exception stops the rest and is thrown here once all threads have ended.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

/// How many threads 0 means.
int usable_cores();

}  // namespace attnsweep::data
