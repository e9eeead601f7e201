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

/// The thread of rank 0 that speaks with the outside through the store's folder, so that the loop touches no disk: writes
/// status.json at most once a second when something has changed, and every 10 s in any case; looks once a second whether
/// somebody asks for a drain. A disk that does not take it is passed over: the store's writer will say so.
class LivePublisher {
public:
    /// Removes a request left by somebody who came too late. `drain_asked`: on the loop's thread, once. `may_write`, on this
    /// object's: whether the store is still this process's; one whose successor has begun touches nothing.
    LivePublisher(std::filesystem::path store_folder, EventLoopQueue& loop_queue, std::function<void()> drain_asked,
                  std::function<bool()> may_write);
    ~LivePublisher();  ///< writes the last one
    LivePublisher(const LivePublisher&) = delete;
    LivePublisher& operator=(const LivePublisher&) = delete;

    /// Whether it is time for a new one.
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
    Clock::time_point last_{};  ///< of the loop's thread
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::optional<store::LiveStatus> next_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace attnsweep::runner
