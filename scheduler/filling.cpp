// Which of the waiting trials begins where, now.
#include <algorithm>
#include <set>
#include <utility>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

namespace {

/// How many trials are tried before places stay empty until something ends: with the longest first, those behind are smaller,
/// but a queue of a hundred thousand is not searched for each event.
constexpr int candidates_looked_at = 256;

}  // namespace

bool Scheduler::in_time(const TrialState& trial, double now_s) const
{
    const double first_checkpoint_s = configurations_[static_cast<std::size_t>(trial.configuration)].first_checkpoint_s;
    return now_s + startup_s_ + first_checkpoint_s <= settings_.ends_at_s - settings_.drain_s;
}

bool Scheduler::nothing_in_time(double now_s) const
{
    if (settings_.ends_at_s == std::numeric_limits<double>::infinity() || queue_.empty()) {
        return false;
    }
    return std::none_of(queue_.begin(), queue_.end(),
                        [&](const QueueKey& key) { return in_time(trials_[key.index], now_s); });
}

void Scheduler::fill_slots(double now_s)
{
    places_.open(now_s);
    if (draining_ || now_s + startup_s_ + least_first_checkpoint_s_ > settings_.ends_at_s - settings_.drain_s) {
        return;
    }
    if (const auto kept_for = places_.reserved_for()) {
        TrialState& trial = trials_[*kept_for];
        if (!in_time(trial, now_s)) {
            places_.unreserve();
        } else if (start(trial, now_s)) {
            queue_.erase({trial.failures_here, trial.expected, *kept_for});
        }
    }
    int looked_at = 0;
    std::set<std::pair<int, bool>> fit_nowhere;  // whose repeats do not fit either
    for (auto next = queue_.begin(); next != queue_.end() && places_.any_free() && looked_at < candidates_looked_at;) {
        TrialState& trial = trials_[next->index];
        if (!in_time(trial, now_s)) {
            ++next;
            continue;
        }
        ++looked_at;
        const std::pair<int, bool> kind{trial.configuration, trial.alone};
        if (fit_nowhere.contains(kind)) {
            ++next;
        } else if (start(trial, now_s)) {
            next = queue_.erase(next);
        } else {
            fit_nowhere.insert(kind);
            places_.reserve(next->index);
            ++next;
        }
    }
}

bool Scheduler::start(TrialState& trial, double now_s)
{
    const auto index = static_cast<std::size_t>(&trial - trials_.data());
    const auto place = places_.take(need_of(trial), trial.alone, index);
    if (!place) {
        return false;
    }
    trial.place = *place;
    trial.phase = Phase::running;
    trial.heard = false;
    trial.assigned_s = now_s;
    ++trial.attempt;
    ++running_;
    trial.rank = idlest_rank(places_.node(place->device));
    ranks_.at(trial.rank).running.insert(index);
    actions_.emplace_back(Assign{trial.rank, {trial.attempt, {trial.id}, {places_.slot(*place)}}});
    return true;
}

int Scheduler::idlest_rank(const std::string& node) const
{
    const std::set<int>& living = nodes_.at(node);
    return *std::min_element(living.begin(), living.end(),
                             [&](int a, int b) { return ranks_.at(a).running.size() < ranks_.at(b).running.size(); });
}

}  // namespace attnsweep::scheduler
