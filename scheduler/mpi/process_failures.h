#pragma once

#include <vector>

namespace attnsweep::scheduler {

/// What an MPI with fault tolerance (ULFM: Open MPI 5 under `mpirun --with-ft ulfm`) says of dead processes. Two sources, one
/// of them built: process_failures_ulfm.cpp, or process_failures_missing.cpp for an MPI without these calls (Open MPI 4).

/// Whether an MPI error code says that a process is gone.
bool is_process_failure(int code);

/// The ranks of a communicator (its Fortran handle: this header shows no MPI) known to be dead. After it, receiving from any
/// source works again for the living: MPI refuses it from a death on until somebody has asked. Throws Error.
std::vector<int> acknowledge_failures(int communicator);

}  // namespace attnsweep::scheduler
