#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace attnsweep::model {

/// Waits until `condition` holds, for `limit` at most, and returns whether it holds. Time in which the process was stopped (SIGSTOP, a
/// job that Slurm suspends, a frozen control group) does not count: it waits in slices, and a slice counts as its own length at most.
template <class Condition>
bool counted_wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::chrono::milliseconds limit,
                  Condition condition)
{
    constexpr std::chrono::milliseconds slice{500};
    for (auto left = limit; left.count() > 0; left -= std::min(slice, left)) {
        if (changed.wait_for(lock, std::min(slice, left), condition)) {
            return true;
        }
    }
    return condition();
}

}  // namespace attnsweep::model
