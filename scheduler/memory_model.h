#pragma once

#include <cstddef>
#include <vector>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Estimates how much memory a trial needs at its peak on each of its devices. Trials of one configuration need the same: an estimate
/// until a peak has been measured, then the highest measured one. On several devices, which share its batches, a trial is assumed to
/// need on each what it needs on one, until that has been measured. Knows configurations by number; places.h decides which trials
/// fit together on a device. Owned by one Scheduler, not thread-safe.
class MemoryModel {
public:
    /// Adds the next configuration (numbers count from 0). An estimate of 0 means unknown.
    void add(const Memory& estimated) { configurations_.push_back({estimated, {}, {}}); }

    /// Returns the measured peak, or the estimate if none was measured; 0 if there is neither.
    Memory need(std::size_t configuration, int devices = 1) const;

    /// Records the peak so far of a process, of a device's memory and of the node's; raises the need if it is the highest.
    void measure(std::size_t configuration, const Memory& peak, int devices = 1);

    /// Records that a trial ran out of memory while it and others shared `shared` bytes in so many places: from now on at most one
    /// fewer fits, whatever was estimated. 1: a trial that ran alone changes nothing.
    void ran_out(std::size_t configuration, int places, const Memory& shared, int devices = 1);

    /// Returns whether a trial with these failures (over all runs, by kind) gets a device of its own: it ran out of
    /// memory before.
    static bool needs_own_device(const configs::FailureCounts& failures);

private:
    struct Peaks {
        Memory estimated, on_one, on_each_of_several;
        Memory& measured(int devices) { return devices > 1 ? on_each_of_several : on_one; }
    };
    std::vector<Peaks> configurations_;
};

}  // namespace attnsweep::scheduler
