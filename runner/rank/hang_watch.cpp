#include "runner/rank/hang_watch.h"

#include <algorithm>

namespace attnsweep::runner {

namespace {

constexpr double silences = 20, busy_limits = 6;
constexpr double samples_a_limit = 20, shortest_sample_s = 0.05;
// Timers and spinning threads of libraries use a little processor time even in a process that makes no progress.
constexpr double least_busy_share = 0.02;

}  // namespace

void HangWatch::heard()
{
    longest_silence_s_ = std::max(longest_silence_s_, silent_s_);
    silent_s_ = idle_s_ = unsampled_s_ = 0;
    samples_ = 0;
}

double HangWatch::limit_s() const
{
    return std::max(least_s_, silences * longest_silence_s_);
}

bool HangWatch::hangs(double passed_s, const std::function<double()>& cpu_s)
{
    silent_s_ += passed_s;
    idle_s_ += passed_s;
    unsampled_s_ += passed_s;
    if (least_s_ <= 0) {
        return false;
    }
    if (unsampled_s_ >= std::max(limit_s() / samples_a_limit, shortest_sample_s)) {
        const double used_s = cpu_s();
        if (samples_ > 0 && used_s - cpu_s_ > least_busy_share * unsampled_s_) {
            idle_s_ = 0;
        }
        cpu_s_ = used_s;
        unsampled_s_ = 0;
        ++samples_;
    }
    // One sample cannot tell whether it computes.
    return samples_ > 1 && (idle_s_ >= limit_s() || silent_s_ >= busy_limits * limit_s());
}

}  // namespace attnsweep::runner
