#include "runner/node/fenced_start.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "runner/node/fence.h"
#include "runner/node/gpus.h"

namespace attnsweep::runner {

namespace {

using Clock = std::chrono::steady_clock;

void wait_for_memory(const std::string& gpu, std::int64_t gpu_bytes, Clock::time_point end,
                     const std::function<void(const std::string&)>& waits, const std::function<bool()>& stop)
{
    constexpr std::chrono::seconds between{1};
    for (bool is_told = false; !stop() && Clock::now() < end; std::this_thread::sleep_for(between)) {
        const std::int64_t free = free_gpu_bytes(gpu);
        if (free <= 0 || free >= gpu_bytes) {
            return;
        }
        if (!is_told) {
            waits(fmt::format("waits until {:.1f} GB are free on {}; {:.1f} GB are",
                              static_cast<double>(gpu_bytes) / 1e9, gpu, static_cast<double>(free) / 1e9));
            is_told = true;
        }
    }
}

}  // namespace

std::optional<TrialProcess> start_fenced(const TrialStart& start, double grace_s,
                                         const std::function<void(const std::string&)>& waits,
                                         const std::function<bool()>& stop)
{
    for (const std::filesystem::path& folder : start.order.earlier_attempts) {
        fence(
            folder, grace_s,
            [&](pid_t process) { waits(fmt::format("waits for process {} of its earlier attempt to end", process)); },
            stop);
    }
    constexpr std::chrono::seconds limit{20};  // for all GPUs together
    const Clock::time_point end = Clock::now() + limit;
    const std::size_t gpus =
        start.order.earlier_attempts.empty() ? 0 : std::min(start.gpus.size(), start.gpu_bytes.size());
    for (std::size_t i = 0; i < gpus; ++i) {
        if (start.gpu_bytes[i] > 0) {
            wait_for_memory(start.gpus[i], start.gpu_bytes[i], end, waits, stop);
        }
    }
    if (stop()) {
        return std::nullopt;
    }
    return start_trial(start);
}

}  // namespace attnsweep::runner
