#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace attnsweep::scheduler {

/// Decides what can still be started before the time limit: trials that reach a checkpoint before everything is
/// drained. Times are seconds on the events' clock. Knows configurations by number. Owned by one Scheduler, not
/// thread-safe.
class Deadline {
public:
    /// `ends_at_s`: the time limit, infinity: none. Everything is drained `drain_s` before. `startup_s`: from an
    /// assignment to the trial's first batch, until a longer one has been measured.
    Deadline(double ends_at_s, double drain_s, double startup_s)
        : drains_at_s_(ends_at_s - drain_s), startup_s_(startup_s)
    {
    }

    /// Adds the next configuration (numbers count from 0): seconds from a trial's first batch to its next checkpoint, at least.
    void add(double first_checkpoint_s);
    void change(std::size_t configuration, double first_checkpoint_s);
    /// Records how long a trial took from its assignment to its first event.
    void started_after(double startup_s);

    /// Returns whether a trial of this configuration, assigned so long ago, has written a checkpoint meanwhile.
    bool has_checkpoint_after(std::size_t configuration, double elapsed_s) const
    {
        return first_checkpoint_s_[configuration] > 0 && elapsed_s >= startup_s_ + first_checkpoint_s_[configuration];
    }

    bool exists() const { return drains_at_s_ < std::numeric_limits<double>::infinity(); }
    double drains_at_s() const { return drains_at_s_; }
    bool has_come(double now_s) const { return now_s >= drains_at_s_; }
    /// Returns whether a trial of this configuration that starts now reaches a checkpoint.
    bool permits(std::size_t configuration, double now_s) const;
    /// Returns false if no trial of any configuration would.
    bool permits_any(double now_s) const { return now_s + startup_s_ + least_first_checkpoint_s_ <= drains_at_s_; }

private:
    double drains_at_s_, startup_s_;
    double least_first_checkpoint_s_ = std::numeric_limits<double>::infinity();  // ever, of any configuration
    std::vector<double> first_checkpoint_s_;
};

}  // namespace attnsweep::scheduler
