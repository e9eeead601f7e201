#pragma once

#include <cstdint>
#include <functional>

namespace attnsweep::model {

/// Calls unit(0), ..., unit(count - 1), each once, in any order, on any threads, and returns when all are done.
using RunUnits = std::function<void(std::int64_t count, const std::function<void(std::int64_t)>& unit)>;

/// Returns a RunUnits with threads of its own, the caller being one of them: thread t of T takes every T-th unit. The first
/// exception of a unit is thrown again when all threads have ended. Throws Error unless `threads` is positive.
RunUnits on_threads(int threads);

}  // namespace attnsweep::model
