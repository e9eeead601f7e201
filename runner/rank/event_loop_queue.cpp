#include "runner/rank/event_loop_queue.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

#include "runner/error.h"

namespace attnsweep::runner {

EventLoopQueue::EventLoopQueue() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (descriptor_ < 0) {
        throw Error(std::string("eventfd: ") + std::strerror(errno));
    }
}

EventLoopQueue::~EventLoopQueue()
{
    ::close(descriptor_);
}

void EventLoopQueue::post(std::function<void()> what)
{
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(what));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(descriptor_, &one, sizeof one);
}

void EventLoopQueue::run_all()
{
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(descriptor_, &count, sizeof count);
    std::deque<std::function<void()>> now;
    {
        const std::lock_guard lock(mutex_);
        now.swap(waiting_);
    }
    for (const auto& what : now) {
        what();
    }
}

BackgroundTasks::~BackgroundTasks()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wakes_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void BackgroundTasks::run(const std::function<std::function<void()>()>& work)
{
    if (!try_run(work)) {
        loop_queue_.post(work());
    }
}

bool BackgroundTasks::try_run(std::function<std::function<void()>()> work)
{
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
        --free_;
    } else if (!start_thread()) {
        if (threads_.empty()) {
            return false;
        }
        ++delayed_;
    }
    waiting_.push_back(std::move(work));
    wakes_.notify_one();
    return true;
}

bool BackgroundTasks::start_thread()
{
    try {
        threads_.emplace_back([this] { serve(); });
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

void BackgroundTasks::serve()
{
    std::unique_lock lock(mutex_);
    while (true) {
        wakes_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) {
            return;
        }
        const auto work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        loop_queue_.post(work());
        lock.lock();
        if (delayed_ > 0) {
            --delayed_;  // this thread is meant for it from now on
        } else {
            ++free_;
        }
    }
}

}  // namespace attnsweep::runner
