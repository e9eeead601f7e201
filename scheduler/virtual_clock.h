#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// Drives a Scheduler on a virtual clock: runs what its owner planned in order of time and, at equal times, of
/// planning; sends a Tick when the scheduler asks for one before that. No thread, no real clock. Neither copyable nor
/// movable, since planned functions refer to its owner. Not thread-safe.
class VirtualClock {
public:
    /// `act` is called for each of the scheduler's actions, in order; it may plan, and must not call `tell`.
    VirtualClock(std::vector<PlannedTrial> trials, const SchedulerSettings& settings,
                 std::function<void(const Action&)> act);
    VirtualClock(const VirtualClock&) = delete;
    VirtualClock& operator=(const VirtualClock&) = delete;

    double now_s() const { return now_s_; }
    std::int64_t told() const { return told_; }  ///< events sent, ticks included

    /// Plans `what` at a time that has not passed.
    void plan(double time_s, std::function<void()> what);

    /// Sends the scheduler an event at the current time and calls `act` for its actions.
    void tell(decltype(Event::what) what);

    /// Advances time until the scheduler has finished. Throws Error when nothing is planned and it waits for no Tick.
    void run();

private:
    struct Planned {
        double time_s;
        std::int64_t number;
        std::function<void()> what;
        bool operator<(const Planned& other) const;  // the later one, as a heap wants it
    };

    Scheduler scheduler_;
    std::function<void(const Action&)> act_;
    std::vector<Planned> planned_;  // a heap, the earliest on top
    std::int64_t number_ = 0, told_ = 0;
    double now_s_ = 0;
};

}  // namespace attnsweep::scheduler
