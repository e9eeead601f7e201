#pragma once

#include <cstddef>
#include <set>
#include <vector>

namespace attnsweep::scheduler {

/// Orders the trials that wait for a slot: those that failed least often in this run first, so that a failure common to all is
/// seen in several trials before any is retried; among these the longest expected first, then the lowest number. Knows
/// trials by number alone. Owned by one Scheduler, not thread-safe; each change takes O(log trials).
class TrialQueue {
public:
    struct Entry {
        int failures = 0;     ///< of this run
        double expected = 0;  ///< duration, in any one unit
        std::size_t trial = 0;
        bool operator<(const Entry& other) const;
    };
    using Iterator = std::set<Entry>::const_iterator;

    /// Adds the next trial (numbers count from 0) and lets it wait.
    void add(double expected);
    /// Lets a trial wait; one that waits already is left where it is.
    void enqueue(std::size_t trial) { waiting_.insert(entries_[trial]); }
    /// Takes a trial out; one that does not wait is ignored.
    void remove(std::size_t trial) { waiting_.erase(entries_[trial]); }
    /// Takes a trial out, and returns the one behind it.
    Iterator remove(Iterator trial) { return waiting_.erase(trial); }

    /// Moves a trial to its new place if it waits, else it is enqueued there later.
    void change_expected(std::size_t trial, double expected);
    void count_failure(std::size_t trial);

    Iterator begin() const { return waiting_.begin(); }
    Iterator end() const { return waiting_.end(); }
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

private:
    template <class Change> void change(std::size_t trial, Change what);

    std::vector<Entry> entries_;  // of every trial, by number
    std::set<Entry> waiting_;
};

}  // namespace attnsweep::scheduler
