#pragma once

#include <string>

namespace attnsweep::runner {

/// Returns what GLIBC_TUNABLES should hold for a program that trains: what it holds, that glibc is to ask for large pages, which
/// saves most page faults where activations come and go with every step, and that what takes 16 MiB and more goes back to the
/// system when it is freed (docs/benchmarks.md). An older glibc, and a kernel without large pages, ignore it. Empty where the
/// variable already says something of either.
std::string memory_tunables();

}  // namespace attnsweep::runner
