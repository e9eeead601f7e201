#pragma once

#include <string>

namespace attnsweep::runner {

/// Returns what GLIBC_TUNABLES should hold for a program that trains: what it holds, and that glibc is to ask for large pages, which
/// saves most page faults where activations come and go with every step (docs/benchmarks.md). An older glibc, and a kernel
/// without them, ignore it. Empty where the variable already says something of large pages.
std::string tunables_for_large_pages();

}  // namespace attnsweep::runner
