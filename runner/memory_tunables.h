#pragma once

#include <string>

namespace attnsweep::runner {

/// Returns what GLIBC_TUNABLES should hold for a program that trains: what it holds, that glibc is to ask for large pages, which
/// saves most page faults where activations come and go with every step, that what takes 16 MiB and more does not share the heap with
/// smaller blocks, and that up to 1 GiB at the end of the heap is kept for the next step (docs/benchmarks.md). An older glibc, and a
/// kernel without large pages, ignore it. Empty where the variable already says something of one of them.
std::string memory_tunables();

}  // namespace attnsweep::runner
