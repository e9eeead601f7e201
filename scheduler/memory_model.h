#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Says how much memory a trial needs at its peak. Trials of one configuration need the same: an estimate until a peak has
/// been measured, then the highest measured one. Knows configurations by number; which trials fit together on a device is
/// decided in places.h. Owned by one Scheduler, not thread-safe.
class MemoryModel {
public:
    /// Adds the next configuration (numbers count from 0). An estimate of 0 means unknown.
    void add(const Memory& estimated) { configurations_.push_back({estimated, {}}); }

    /// Returns the measured peak, the estimate where none was measured, 0 where there is neither.
    Memory need(std::size_t configuration) const;

    /// Learns the peak so far of a process; only a higher one than before changes the need.
    void measure(std::size_t configuration, const Memory& peak);

    /// Learns from a trial that ran out of memory while `trials` of them shared `shared` bytes, itself included: one fewer is
    /// to fit from now on, whatever was estimated. Alone it teaches nothing.
    void ran_out(std::size_t configuration, int trials, const Memory& shared);

    /// Whether a trial with these failures (over all runs, by kind) gets a device of its own: it ran out of memory before.
    static bool needs_own_device(const configs::FailureCounts& failures);

private:
    struct Peaks {
        Memory estimated, measured;
    };
    std::vector<Peaks> configurations_;
};

}  // namespace attnsweep::scheduler
