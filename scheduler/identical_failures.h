#pragma once

#include <optional>
#include <set>
#include <string>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Detects that the first trials of a sweep all fail with the same kind and message, which suggests a mistake in the
/// sweep: a wrong path, a device that nothing runs on. Owned by one Scheduler, not thread-safe.
class IdenticalFailures {
public:
    /// `to_stop`: how many different trials stop the sweep; 0: never.
    explicit IdenticalFailures(int to_stop) : to_stop_(to_stop), is_watching_(to_stop > 0) {}

    /// Returns whether all trials that have ended failed with the same failure, none included, and too few to stop the
    /// sweep.
    bool is_watching() const { return is_watching_; }

    /// Records the end of an attempt that was not drained. Returns, once, why the sweep must stop, else nullopt; the
    /// first success or different failure ends the detection.
    std::optional<std::string> record(const TrialEnded& end);

private:
    int to_stop_;
    bool is_watching_;
    configs::Failure first_;
    std::set<std::string> trials_;  // that failed
};

}  // namespace attnsweep::scheduler
