#include "runner/rank/sweep_end.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

namespace attnsweep::runner {

namespace {

// Beyond this number single trials hardly change the estimate, and placing each would cost the loop milliseconds.
constexpr std::size_t most_placed = 5000;

double makespan_s(const SweepTimes& times)
{
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
    double end = 0, total = 0;
    for (const double left : times.running_s) {
        free_at.push(left);
        end = std::max(end, left);
        total += left;
    }
    while (static_cast<int>(free_at.size()) < times.slots) {
        free_at.push(0);
    }
    if (free_at.empty()) {
        return -1;
    }
    if (times.waiting_s.size() > most_placed) {
        for (const double waiting : times.waiting_s) {
            total += waiting;
            end = std::max(end, waiting);
        }
        return std::max(end, total / static_cast<double>(free_at.size()));
    }
    for (const double waiting : times.waiting_s) {
        const double ends = free_at.top() + waiting;
        free_at.pop();
        free_at.push(ends);
        end = std::max(end, ends);
    }
    return end;
}

}  // namespace

store::LiveEnd sweep_end(const SweepTimes& times)
{
    const double planned = makespan_s(times);
    if (planned < 0) {
        return {};
    }
    if (times.factors.empty()) {
        return {planned * times.planned_low, planned, planned * times.planned_high};
    }
    const auto count = static_cast<double>(times.factors.size());
    const double mean = std::accumulate(times.factors.begin(), times.factors.end(), 0.0) / count;
    double low = mean * times.planned_low, high = mean * times.planned_high;
    if (times.factors.size() >= 2) {
        double squares = 0;
        for (const double factor : times.factors) {
            squares += (factor - mean) * (factor - mean);
        }
        // Two standard deviations of one trial, at least a twentieth: later trials may differ from earlier ones.
        const double spread = std::max(2 * std::sqrt(squares / (count - 1)), mean / 20);
        low = std::max(mean - spread, mean / 4);
        high = mean + spread;
    }
    return {planned * low, planned * mean, planned * high};
}

}  // namespace attnsweep::runner
