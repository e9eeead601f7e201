#include "model/kernels/run_units.h"

#include <algorithm>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "model/error.h"

namespace attnsweep::model {

RunUnits on_threads(int threads)
{
    if (threads < 1) {
        throw Error("a kernel on " + std::to_string(threads) + " threads: at least 1 is needed");
    }
    return [threads](std::int64_t count, const std::function<void(std::int64_t)>& unit) {
        const std::int64_t used = std::min<std::int64_t>(threads, count);
        std::vector<std::exception_ptr> failures(static_cast<std::size_t>(std::max<std::int64_t>(used, 1)));
        const auto take_every = [&](std::int64_t thread) {
            try {
                for (std::int64_t i = thread; i < count; i += used) {
                    unit(i);
                }
            } catch (...) {
                failures[static_cast<std::size_t>(thread)] = std::current_exception();
            }
        };
        {
            std::vector<std::jthread> others;
            for (std::int64_t thread = 1; thread < used; ++thread) {
                others.emplace_back(take_every, thread);
            }
            take_every(0);
        }
        for (const std::exception_ptr& failure : failures) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        }
    };
}

}  // namespace attnsweep::model
