#pragma once

namespace attnsweep::runner {

/// Limits how long the calls in its scope (MPI_Init, the first collective calls) may take. They wait for every rank: for ever
/// for one that cannot be reached, or that ended with 0 before it called MPI, which mpirun takes for a program without MPI.
/// Ranks 0 and 1 write a line to standard error when a tenth of the limit has passed; at the limit the process exits with
/// exit_failed, whereupon mpirun ends the job. The limit: ATTNSWEEP_MPI_START_LIMIT_S seconds, else 600; 0: none. One per
/// process at a time: it owns SIGALRM.
class MpiStartLimit {
public:
    /// `rank`: of this process.
    explicit MpiStartLimit(int rank);
    ~MpiStartLimit();
    MpiStartLimit(const MpiStartLimit&) = delete;
    MpiStartLimit& operator=(const MpiStartLimit&) = delete;
};

}  // namespace attnsweep::runner
