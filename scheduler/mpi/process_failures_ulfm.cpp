// User Level Failure Mitigation (MPI Forum, ULFM chapter; Open MPI 5: docs.open-mpi.org, "User-Level Fault Mitigation").
#include "scheduler/mpi/process_failures.h"

#include <numeric>

#include <mpi.h>

#include <mpi-ext.h>

#include "scheduler/mpi/mpi_check.h"

namespace attnsweep::scheduler {

bool is_process_failure(int code)
{
    if (code == MPI_SUCCESS) {
        return false;
    }
    int error_class = 0;
    MPI_Error_class(code, &error_class);
    // PENDING: receiving from any source while a failure has not been acknowledged.
    return error_class == MPIX_ERR_PROC_FAILED || error_class == MPIX_ERR_PROC_FAILED_PENDING;
}

std::vector<int> acknowledge_failures(int communicator)
{
    const MPI_Comm all = MPI_Comm_f2c(communicator);
    // Acknowledges first, then reads: a process that dies in between is reported by the next call.
    check(MPIX_Comm_failure_ack(all), "MPIX_Comm_failure_ack");
    MPI_Group dead = MPI_GROUP_NULL, everybody = MPI_GROUP_NULL;
    check(MPIX_Comm_failure_get_acked(all, &dead), "MPIX_Comm_failure_get_acked");
    check(MPI_Comm_group(all, &everybody), "MPI_Comm_group");
    int count = 0;
    check(MPI_Group_size(dead, &count), "MPI_Group_size");
    std::vector<int> positions(static_cast<std::size_t>(count)), ranks(static_cast<std::size_t>(count));
    std::iota(positions.begin(), positions.end(), 0);
    check(MPI_Group_translate_ranks(dead, count, positions.data(), everybody, ranks.data()),
          "MPI_Group_translate_ranks");
    MPI_Group_free(&everybody);
    MPI_Group_free(&dead);
    return ranks;
}

}  // namespace attnsweep::scheduler
