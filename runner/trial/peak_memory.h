#pragma once

#include <cstdint>

namespace attnsweep::runner {

/// Returns the most memory this process has had so far, in bytes (resident, on the CPU). Thread-safe.
std::int64_t peak_memory_bytes();

}  // namespace attnsweep::runner
