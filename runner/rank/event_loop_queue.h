#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace attnsweep::runner {

/// Queues functions that other threads want run on the loop's thread. The descriptor is readable while any are waiting.
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

/// Runs work that accesses disks or waits, each at once in a thread of its own, since one may wait long (for a process that is
/// still ending) and must not delay the next. Idle threads are reused. The function that work returns runs on the loop's thread. Where
/// the system starts no further thread, work waits for one of those that there are.
class BackgroundTasks {
public:
    explicit BackgroundTasks(EventLoopQueue& loop_queue) : loop_queue_(loop_queue) {}
    ~BackgroundTasks();  ///< waits for all work
    BackgroundTasks(const BackgroundTasks&) = delete;
    BackgroundTasks& operator=(const BackgroundTasks&) = delete;

    /// `work` must not throw. Runs it on the calling thread if there is no thread and none can be started.
    void run(const std::function<std::function<void()>()>& work);
    /// Does nothing, and returns false, if there is no thread and none can be started.
    bool try_run(std::function<std::function<void()>()> work);

private:
    bool start_thread();
    void serve();

    EventLoopQueue& loop_queue_;
    std::mutex mutex_;
    std::condition_variable wakes_;
    std::deque<std::function<std::function<void()>()>> waiting_;
    std::size_t free_ = 0;     ///< idle threads that no waiting work is meant for
    std::size_t delayed_ = 0;  ///< waiting work that no thread is meant for
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace attnsweep::runner
