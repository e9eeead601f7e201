#pragma once

#include <optional>
#include <set>
#include <string>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Finds out whether the first trials of a sweep all fail with the same kind and message, which the sweep's own mistake
/// explains: a wrong path, a device that nothing runs on. Owned by one Scheduler, not thread-safe.
class IdenticalFailures {
public:
    /// `to_stop`: so many different trials; 0: never.
    explicit IdenticalFailures(int to_stop) : to_stop_(to_stop), is_watching_(to_stop > 0) {}

    /// Whether all trials that have ended failed alike so far, none included, and too few to stop the sweep.
    bool is_watching() const { return is_watching_; }

    /// Takes the end of an attempt that was not drained. Returns why the sweep is to stop, once, else nothing; the first
    /// success or other failure ends the watching for good.
    std::optional<std::string> record(const TrialEnded& end);

private:
    int to_stop_;
    bool is_watching_;
    configs::Failure first_;
    std::set<std::string> trials_;  // that failed alike
};

}  // namespace attnsweep::scheduler
