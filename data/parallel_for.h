#pragma once

#include <cstdint>
#include <functional>

namespace attnsweep::data {

/// Calls work(0) .. work(count - 1), started in that order, on `threads` threads (0: usable_cores()), or on as
/// many as the system starts, at least the caller's own. The first
/// exception stops the rest and is thrown here once all threads have ended.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

/// Returns how many cores this process may use.
int usable_cores();

}  // namespace attnsweep::data
