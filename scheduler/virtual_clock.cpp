#include "scheduler/virtual_clock.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "scheduler/error.h"

namespace attnsweep::scheduler {

bool VirtualClock::Planned::operator<(const Planned& other) const
{
    return std::tie(time_s, number) > std::tie(other.time_s, other.number);
}

VirtualClock::VirtualClock(std::vector<PlannedTrial> trials, const SchedulerSettings& settings,
                           std::function<void(const Action&)> act)
    : scheduler_(std::move(trials), settings), act_(std::move(act))
{
}

void VirtualClock::plan(double time_s, std::function<void()> what)
{
    planned_.push_back({time_s, number_++, std::move(what)});
    std::push_heap(planned_.begin(), planned_.end());
}

void VirtualClock::tell(decltype(Event::what) what)
{
    ++told_;
    for (const Action& action : scheduler_.handle({now_s_, std::move(what)})) {
        act_(action);
    }
}

void VirtualClock::run()
{
    constexpr double never = std::numeric_limits<double>::infinity();
    while (!scheduler_.finished()) {
        const double next_s = planned_.empty() ? never : planned_.front().time_s;
        const double tick_s = scheduler_.next_tick_s();
        if (planned_.empty() && tick_s == never) {
            throw Error(fmt::format("the simulated sweep makes no progress at {:.0f} s with {} trials waiting, {} "
                                    "running: the scheduler is wrong",
                                    now_s_, scheduler_.waiting(), scheduler_.running()));
        }
        now_s_ = std::max(now_s_, std::min(next_s, tick_s));
        if (tick_s < next_s) {
            tell(Tick{});
            continue;
        }
        std::pop_heap(planned_.begin(), planned_.end());
        const std::function<void()> what = std::move(planned_.back().what);
        planned_.pop_back();
        what();
    }
}

}  // namespace attnsweep::scheduler
