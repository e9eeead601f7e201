#include "runner/trial/busy_gpu.h"

#include <exception>
#include <thread>

#include "runner/trial/cuda_failures.h"

namespace attnsweep::runner {

bool use_when_free(const std::function<void()>& use, const std::function<void(const std::string&)>& log,
                   const std::function<bool()>& stop, std::chrono::seconds limit, std::chrono::milliseconds between)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    for (bool is_told = false;; is_told = true) {
        try {
            use();
            return true;
        } catch (const std::exception& error) {
            if (!is_busy_by_words(error.what()) || std::chrono::steady_clock::now() >= end) {
                throw;
            }
        }
        if (!is_told) {
            log("the GPU is used by another process alone; waiting for it for at most " +
                std::to_string(limit.count()) + " s");
        }
        if (stop()) {
            return false;
        }
        std::this_thread::sleep_for(between);
    }
}

}  // namespace attnsweep::runner
