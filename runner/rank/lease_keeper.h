#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "files/lease.h"
#include "runner/rank/event_loop_queue.h"

namespace attnsweep::runner {

/// Renews a lease every period, in a thread of its own: neither a long commit nor a busy loop may let it lapse.
class LeaseKeeper {
public:
    /// `lost` runs on the loop's thread, once: another run has taken over, or the lease cannot be renewed.
    LeaseKeeper(files::Lease& lease, EventLoopQueue& loop_queue, std::function<void(const std::string& message)> lost);
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

private:
    void work();

    files::Lease& lease_;
    EventLoopQueue& loop_queue_;
    std::function<void(const std::string&)> lost_;
    std::mutex mutex_;
    std::condition_variable wakes_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace attnsweep::runner
