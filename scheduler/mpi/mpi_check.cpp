#include "scheduler/mpi/mpi_check.h"

#include <string>

#include <fmt/format.h>
#include <mpi.h>

#include "scheduler/error.h"

namespace attnsweep::scheduler {

void check(int code, const char* call)
{
    if (code == MPI_SUCCESS) {
        return;
    }
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) {
        throw Error(fmt::format("{}: MPI error {}", call, code));
    }
    throw Error(fmt::format("{}: {}", call, std::string(text, static_cast<std::size_t>(length))));
}

}  // namespace attnsweep::scheduler
