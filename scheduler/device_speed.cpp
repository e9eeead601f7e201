#include "scheduler/device_speed.h"

#include <cmath>
#include <iterator>
#include <utility>

namespace attnsweep::scheduler {

namespace {

double doublings(int from, int to)
{
    return std::log2(static_cast<double>(to) / from);
}

}  // namespace

double DeviceSpeed::efficiency(int devices) const
{
    if (devices <= 1) {
        return 1;
    }
    const auto next = measured_.lower_bound(devices);
    const auto [fewer, before] = next == measured_.begin() ? std::pair<const int, double>(1, 1) : *std::prev(next);
    if (next == measured_.end()) {
        return before * std::pow(assumed_, doublings(fewer, devices));
    }
    const auto [more, after] = *next;
    const double share = doublings(fewer, devices) / doublings(fewer, more);
    return std::pow(before, 1 - share) * std::pow(after, share);
}

}  // namespace attnsweep::scheduler
