#include "data/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <sched.h>

namespace attnsweep::data {

int usable_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        return std::max(1, CPU_COUNT(&set));
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work)
{
    std::atomic<std::int64_t> next{0};
    std::exception_ptr first;
    std::mutex mutex;
    const auto run = [&] {
        for (std::int64_t index = next.fetch_add(1); index < count; index = next.fetch_add(1)) {
            try {
                work(index);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!first) {
                    first = std::current_exception();
                }
                next.store(count);
            }
        }
    };
    const std::int64_t workers = std::min<std::int64_t>(threads > 0 ? threads : usable_cores(), count);
    std::vector<std::jthread> pool;
    for (std::int64_t worker = 1; worker < workers; ++worker) {
        try {
            pool.emplace_back(run);
        } catch (const std::system_error&) {
            break;  // no more threads here: those that there are do it all
        }
    }
    run();
    pool.clear();
    if (first) {
        std::rethrow_exception(first);
    }
}

}  // namespace attnsweep::data
