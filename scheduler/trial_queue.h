#pragma once

#include <cstddef>
#include <set>
#include <vector>

namespace attnsweep::scheduler {

/// Orders the trials that wait for a slot: those that failed least often in this run first, so that a failure common to all is
/// seen in several trials before any is retried; among these what is begun before what is not, the shortest first, so that
/// a sweep that is interrupted again and again ends trials all the while; then the longest expected, then the lowest number. Knows
/// trials only by number. Owned by one Scheduler, not thread-safe; each change takes O(log trials).
class TrialQueue {
public:
    struct Entry {
        int failures = 0;       ///< of this run
        bool is_begun = false;  ///< has a checkpoint to go on from
        double expected = 0;    ///< duration, in a common unit
        std::size_t trial = 0;
        bool operator<(const Entry& other) const;
    };
    using Iterator = std::set<Entry>::const_iterator;

    /// Adds the next trial (numbers count from 0) to the queue.
    void add(double expected, bool is_begun = false);
    /// Adds a trial to the queue; does nothing if it is there already.
    void enqueue(std::size_t trial) { waiting_.insert(entries_[trial]); }
    /// Removes a trial from the queue; does nothing if it is not there.
    void remove(std::size_t trial) { waiting_.erase(entries_[trial]); }
    /// Removes a trial from the queue, and returns the one after it.
    Iterator remove(Iterator trial) { return waiting_.erase(trial); }

    /// Changes a trial's expected duration, and its position if it is in the queue.
    void change_expected(std::size_t trial, double expected);
    double expected(std::size_t trial) const { return entries_[trial].expected; }
    void count_failure(std::size_t trial);
    /// Records that a trial has left a checkpoint to go on from.
    void begin_trial(std::size_t trial);

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
