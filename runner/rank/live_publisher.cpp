#include "runner/rank/live_publisher.h"

#include <utility>

#include <unistd.h>

#include "files/error.h"
#include "runner/drain_request_name.h"
#include "runner/node/node.h"
#include "runner/rank/signals.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

constexpr std::chrono::seconds shortest{1}, longest{10};

}  // namespace

LivePublisher::LivePublisher(std::filesystem::path store_folder, EventLoopQueue& loop_queue,
                             std::function<void()> drain_asked, std::function<bool()> may_write)
    : folder_(std::move(store_folder)), loop_queue_(loop_queue), drain_asked_(std::move(drain_asked)),
      may_write_(std::move(may_write)), started_at_(utc_now())
{
    std::error_code none;
    std::filesystem::remove(folder_ / drain_request_name, none);
    thread_ = thread_without_signals([this] { work(); });
}

LivePublisher::~LivePublisher()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wakes_.notify_one();
    thread_.join();
}

bool LivePublisher::due(bool changed) const
{
    const auto since = Clock::now() - last_;
    return since >= longest || (changed && since >= shortest);
}

void LivePublisher::publish(store::LiveStatus status)
{
    last_ = Clock::now();
    status.host = host_name();
    status.pid = ::getpid();
    status.started_at = started_at_;
    status.written_at = utc_now();
    {
        const std::lock_guard lock(mutex_);
        next_ = std::move(status);
    }
    wakes_.notify_one();
}

void LivePublisher::look_for_request()
{
    // Removing the file tests for it: on a network file system a lookup may be answered from a cache.
    std::error_code failure;
    if (drain_asked_ && std::filesystem::remove(folder_ / drain_request_name, failure)) {
        loop_queue_.post(std::exchange(drain_asked_, nullptr));
    }
}

void LivePublisher::work()
{
    for (bool last = false; !last;) {
        std::optional<store::LiveStatus> now;
        {
            std::unique_lock lock(mutex_);
            wakes_.wait_for(lock, shortest, [this] { return ending_ || next_; });
            now = std::exchange(next_, std::nullopt);
            last = ending_;
        }
        if (!may_write_()) {
            continue;
        }
        if (!last) {
            look_for_request();
        }
        try {
            if (now) {
                store::write_live_status(folder_, *now);
            }
        } catch (const files::Error&) {
        }
    }
}

}  // namespace attnsweep::runner
