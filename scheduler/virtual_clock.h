#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// Drives a Scheduler on a virtual clock: what its owner has planned happens in the order of time, and of equal times in the
/// order of planning; where the scheduler asks for a Tick before the next of these, it gets one. No thread, no real clock.
/// Neither copied nor moved, since what is planned refers to its owner. Not thread-safe.
class VirtualClock {
public:
    /// `act` is called for each of the scheduler's actions, in order; it may plan, and must not call `tell`.
    VirtualClock(std::vector<PlannedTrial> trials, const SchedulerSettings& settings,
                 std::function<void(const Action&)> act);
    VirtualClock(const VirtualClock&) = delete;
    VirtualClock& operator=(const VirtualClock&) = delete;

    double now_s() const { return now_s_; }
    std::int64_t told() const { return told_; }  ///< events, ticks included

    /// Plans what happens at a time that is not over.
    void plan(double time_s, std::function<void()> what);

    /// Tells the scheduler that this happens now, and acts.
    void tell(decltype(Event::what) what);

    /// Lets time pass until the scheduler has finished. Throws Error when nothing is planned and it waits for no Tick.
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
