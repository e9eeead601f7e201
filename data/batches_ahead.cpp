#include "data/batches_ahead.h"

#include <utility>

namespace attnsweep::data {

BatchesAhead::BatchesAhead(const BatchLoader& loader, std::int64_t first)
    : loader_(loader), thread_([this, first](const std::stop_token& stop) { load(first, stop); })
{
}

BatchesAhead::~BatchesAhead()
{
    thread_.request_stop();
    thread_.join();  // before the members that it uses go
}

void BatchesAhead::load(std::int64_t first, const std::stop_token& stop)
{
    std::exception_ptr failure;
    try {
        for (std::int64_t index = first; index < loader_.batches(); ++index) {
            {
                std::unique_lock lock(mutex_);
                if (!changed_.wait(lock, stop, [&] { return !waiting_; })) {
                    return;
                }
            }
            Batch batch = loader_.batch(index);
            const std::lock_guard lock(mutex_);  // nobody else fills the place
            waiting_ = std::move(batch);
            changed_.notify_all();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    is_over_ = true;
    changed_.notify_all();
}

std::optional<Batch> BatchesAhead::next()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ || is_over_; });
    if (waiting_) {
        std::optional<Batch> batch = std::exchange(waiting_, std::nullopt);
        changed_.notify_all();
        return batch;
    }
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    return std::nullopt;
}

}  // namespace attnsweep::data
