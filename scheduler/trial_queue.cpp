#include "scheduler/trial_queue.h"

#include <tuple>

namespace attnsweep::scheduler {

bool TrialQueue::Entry::operator<(const Entry& other) const
{
    const double rank = is_begun ? expected : -expected;
    const double other_rank = other.is_begun ? other.expected : -other.expected;
    return std::tie(failures, other.is_begun, rank, trial) <
           std::tie(other.failures, is_begun, other_rank, other.trial);
}

void TrialQueue::add(double expected, bool is_begun)
{
    const std::size_t number = entries_.size();
    entries_.push_back({0, is_begun, expected, number});
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

void TrialQueue::begin_trial(std::size_t trial)
{
    change(trial, [](Entry& entry) { entry.is_begun = true; });
}

}  // namespace attnsweep::scheduler
