#pragma once

#include <cstddef>
#include <vector>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Estimates how much memory a trial needs at its peak. Trials of one configuration need the same: an estimate until a
/// peak has been measured, then the highest measured one. Knows configurations by number; places.h decides which trials
/// fit together on a device. Owned by one Scheduler, not thread-safe.
class MemoryModel {
public:
    /// Adds the next configuration (numbers count from 0). An estimate of 0 means unknown.
    void add(const Memory& estimated) { configurations_.push_back({estimated, {}}); }

    /// Returns the measured peak, or the estimate if none was measured; 0 if there is neither.
    Memory need(std::size_t configuration) const;

    /// Records the peak so far of a process; raises the need if it is the highest.
    void measure(std::size_t configuration, const Memory& peak);

    /// Records that a trial ran out of memory while `trials` trials, itself included, shared `shared` bytes: from now
    /// on at most one fewer fits, whatever was estimated. A trial that ran alone changes nothing.
    void ran_out(std::size_t configuration, int trials, const Memory& shared);

    /// Returns whether a trial with these failures (over all runs, by kind) gets a device of its own: it ran out of
    /// memory before.
    static bool needs_own_device(const configs::FailureCounts& failures);

private:
    struct Peaks {
        Memory estimated, measured;
    };
    std::vector<Peaks> configurations_;
};

}  // namespace attnsweep::scheduler
