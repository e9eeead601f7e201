#pragma once

namespace attnsweep::scheduler {

/// Throws Error with the call's name and MPI's error text, unless `code` is MPI_SUCCESS.
void check(int code, const char* call);

}  // namespace attnsweep::scheduler
