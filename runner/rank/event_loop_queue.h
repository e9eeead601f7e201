#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace attnsweep::runner {

/// What other threads want done on the loop's thread. The descriptor is readable while something waits.
class EventLoopQueue {
public:
    EventLoopQueue();  ///< throws Error
    ~EventLoopQueue();
    EventLoopQueue(const EventLoopQueue&) = delete;
    EventLoopQueue& operator=(const EventLoopQueue&) = delete;

    int descriptor() const { return descriptor_; }
    void post(std::function<void()> what);  ///< from any thread
    void run_all();                         ///< on the loop's thread

private:
    int descriptor_ = -1;
    std::mutex mutex_;
    std::deque<std::function<void()>> waiting_;
};

/// Work that touches disks or waits: never behind another, since one may wait long (for a process that is still ending) and
/// must not hold up the next. Threads that have ended theirs take the next. What it returns runs on the loop's thread.
class BackgroundTasks {
public:
    explicit BackgroundTasks(EventLoopQueue& loop_queue) : loop_queue_(loop_queue) {}
    ~BackgroundTasks();  ///< waits for all
    BackgroundTasks(const BackgroundTasks&) = delete;
    BackgroundTasks& operator=(const BackgroundTasks&) = delete;

    /// `work` must not throw.
    void run(std::function<std::function<void()>()> work);

private:
    void serve();

    EventLoopQueue& loop_queue_;
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::deque<std::function<std::function<void()>()>> waiting_;
    std::size_t free_ = 0;  ///< threads that wait for work and have none coming to them
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace attnsweep::runner
