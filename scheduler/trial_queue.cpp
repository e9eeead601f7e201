#include "scheduler/trial_queue.h"

#include <tuple>

namespace attnsweep::scheduler {

bool TrialQueue::Entry::operator<(const Entry& other) const
{
    return std::tie(failures, other.expected, trial) < std::tie(other.failures, expected, other.trial);
}

void TrialQueue::add(double expected)
{
    const std::size_t number = entries_.size();
    entries_.push_back({0, expected, number});
    enqueue(number);
}

template <class Change> void TrialQueue::change(std::size_t trial, Change what)
{
    const bool waits = waiting_.erase(entries_[trial]) > 0;
    what(entries_[trial]);
    if (waits) {
        enqueue(trial);
    }
}

void TrialQueue::change_expected(std::size_t trial, double expected)
{
    change(trial, [&](Entry& entry) { entry.expected = expected; });
}

void TrialQueue::count_failure(std::size_t trial)
{
    change(trial, [](Entry& entry) { ++entry.failures; });
}

}  // namespace attnsweep::scheduler
