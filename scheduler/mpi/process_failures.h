#pragma once

#include <vector>

namespace attnsweep::scheduler {

/// Reports dead processes, with an MPI that tolerates faults (ULFM: Open MPI 5 under `mpirun --with-ft ulfm`). One of
/// two sources is built: process_failures_ulfm.cpp, or process_failures_missing.cpp for an MPI without these calls
/// (Open MPI 4).

/// Returns whether an MPI error code means that a process is dead.
bool is_process_failure(int code);

/// Returns the ranks of a communicator known to be dead, and acknowledges them: until then MPI refuses to receive from
/// any source. `communicator` is a Fortran handle, so that this header needs no MPI. Throws Error.
std::vector<int> acknowledge_failures(int communicator);

}  // namespace attnsweep::scheduler
