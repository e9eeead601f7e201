#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "files/lease.h"
#include "runner/rank/event_loop_queue.h"

namespace attnsweep::runner {

/// Renews a lease every period, in a thread of its own, so that neither a long commit nor a busy loop lets it lapse. The lease
/// and the queue outlive it.
class LeaseKeeper {
public:
    /// Wakes the loop through `loop_queue` when the lease is lost.
    LeaseKeeper(files::Lease& lease, EventLoopQueue& loop_queue);
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

    /// Returns why the lease is lost (another run has taken over, or it cannot be renewed, such as on a full disk), or
    /// nothing while it is held. Thread-safe.
    std::optional<files::LeaseLost> lost() const;

private:
    void work();

    files::Lease& lease_;
    EventLoopQueue& loop_queue_;
    mutable std::mutex mutex_;
    std::condition_variable wakes_;
    bool ending_ = false;
    std::optional<files::LeaseLost> lost_;
    std::thread thread_;
};

}  // namespace attnsweep::runner
