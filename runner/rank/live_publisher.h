#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "runner/rank/event_loop_queue.h"
#include "store/live_status.h"

namespace attnsweep::runner {

/// Communicates through the store's folder in a thread of its own on rank 0, so that the loop accesses no disk: writes status.json
/// at most once a second if something has changed, and every 10 s in any case; checks once a second for a drain request. Ignores
/// disk errors: the store's writer will report them.
class LivePublisher {
public:
    /// Removes a stale drain request. `drain_asked`: called on the loop's thread, once. `may_write`: called on this object's
    /// thread, returns whether this process still holds the store; after another run has taken over, nothing is written.
    LivePublisher(std::filesystem::path store_folder, EventLoopQueue& loop_queue, std::function<void()> drain_asked,
                  std::function<bool()> may_write);
    ~LivePublisher();  ///< writes the last status
    LivePublisher(const LivePublisher&) = delete;
    LivePublisher& operator=(const LivePublisher&) = delete;

    /// Returns whether it is time to publish a new status.
    bool due(bool changed) const;
    void publish(store::LiveStatus status);

private:
    using Clock = std::chrono::steady_clock;

    void work();
    void look_for_request();

    std::filesystem::path folder_;
    EventLoopQueue& loop_queue_;
    std::function<void()> drain_asked_;
    std::function<bool()> may_write_;
    std::string started_at_;
    Clock::time_point last_{};  ///< used by the loop's thread
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::optional<store::LiveStatus> next_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace attnsweep::runner
