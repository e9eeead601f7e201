#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "data/batch_loader.h"

namespace attnsweep::data {

/// Loads the batches of one pass over a loader, from a first one to the last, on one thread beside the caller's: each while the one
/// before it is used; at most one waits. The loader must outlive it and must not be shuffled meanwhile. Not thread-safe.
class BatchesAhead {
public:
    /// Throws std::system_error where no thread can be started.
    explicit BatchesAhead(const BatchLoader& loader, std::int64_t first = 0);
    /// Waits for the batch that is being loaded.
    ~BatchesAhead();
    BatchesAhead(const BatchesAhead&) = delete;
    BatchesAhead& operator=(const BatchesAhead&) = delete;

    /// Returns the next batch; nothing after the last. Throws what BatchLoader::batch throws for it.
    std::optional<Batch> next();

private:
    void load(std::int64_t first, const std::stop_token& stop);

    const BatchLoader& loader_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    // Guarded by the mutex.
    std::optional<Batch> waiting_;
    std::exception_ptr failure_;
    bool is_over_ = false;
    std::jthread thread_;
};

}  // namespace attnsweep::data
