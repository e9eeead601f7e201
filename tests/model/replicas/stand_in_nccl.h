#pragma once

#include <atomic>

namespace attnsweep::stand_in {

/// What the stand-in for NCCL does, which the plugin's exchange finds in the test program in its place. It sums in memory, as
/// NCCL does without blocking: an exchange is under way until all replicas have queued it.
struct Nccl {
    std::atomic<int> id_result = 0;            ///< of ncclGetUniqueId
    std::atomic<int> init_result_of_1 = 0;     ///< of ncclCommInitRankConfig for replica 1
    std::atomic<int> sum_result = 0;           ///< of ncclAllReduce
    std::atomic<int> error = 0;                ///< what ncclCommGetAsyncError tells instead of success
    std::atomic<int> stuck_until_aborts = 0;   ///< ncclGroupEnd of replica 0 returns after so many aborts; 0: at once
    std::atomic<int> stuck = 0;                ///< calls that wait for that
    std::atomic<int> alive = 0, aborted = 0;   ///< communicators
    std::atomic<const char*> last_error = "";  ///< what ncclGetLastError tells
};

Nccl& nccl();

}  // namespace attnsweep::stand_in
