// The part of the scheduler that finds slots for what waits.
#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "scheduler/scheduler.h"
#include "scheduler/tail_plan.h"

namespace attnsweep::scheduler {

namespace {

/// How many waiting trials that fit nowhere are tried for free slots: with the longest first, later ones are smaller, but a queue of a
/// hundred thousand must not be searched for each event.
constexpr int candidates_looked_at = 256;

/// Of more, planning what waits together would take too long.
constexpr std::size_t longest_tail = 1024;

}  // namespace

void Scheduler::fill_slots(double now_s, bool is_progress)
{
    places_.open(now_s);
    const bool is_news = !is_progress || now_s >= keeps_until_s_;
    if (is_news) {
        keeps_until_s_ = std::numeric_limits<double>::infinity();
    }
    const bool is_automatic = settings_.devices_per_trial == 0;
    if (draining_ || !deadline_.permits_any(now_s) || (is_automatic && others_follow_)) {
        return;
    }
    start_reserved(now_s);
    if (is_automatic && fill_tail(now_s, is_news)) {
        return;
    }
    int looked_at = 0;
    std::set<std::pair<std::size_t, bool>> fit_nowhere;  // configurations whose repeats do not fit either
    for (auto next = queue_.begin(); next != queue_.end() && places_.any_free() && looked_at < candidates_looked_at;) {
        TrialState& trial = trials_[next->trial];
        if (!deadline_.permits(trial.configuration, now_s)) {
            ++next;
            continue;
        }
        const std::pair<std::size_t, bool> kind{trial.configuration, MemoryModel::needs_own_device(trial.failures)};
        if (!fit_nowhere.contains(kind) && start(trial, now_s, devices_of_each())) {
            next = queue_.remove(next);
            continue;
        }
        if (fit_nowhere.insert(kind).second) {
            places_.reserve(next->trial, devices_of_each());
        }
        ++looked_at;
        ++next;
    }
}

void Scheduler::start_reserved(double now_s)
{
    const auto kept_for = places_.reserved_for();
    if (!kept_for) {
        return;
    }
    TrialState& trial = trials_[*kept_for];
    if (!deadline_.permits(trial.configuration, now_s)) {
        places_.unreserve();
    } else if (start(trial, now_s, devices_of_each())) {
        queue_.remove(*kept_for);
    }
}

/// Starts the last trials of a sweep with "auto" on as many devices as the plan of what is left says; keeps devices for those that it
/// lets wait. Returns false, and starts nothing, where each trial starts on one device.
bool Scheduler::fill_tail(double now_s, bool is_news)
{
    if (!is_news) {
        return keeps_until_s_ < std::numeric_limits<double>::infinity();
    }
    if (queue_.empty()) {
        return false;
    }
    const auto usable = static_cast<std::size_t>(places_.usable_slots());
    if (!places_.any_free() || queue_.size() >= usable || queue_.size() > longest_tail) {
        return false;
    }
    std::vector<std::size_t> numbers;
    std::vector<WaitingTrial> waiting;
    for (const TrialQueue::Entry& entry : queue_) {
        const TrialState& trial = trials_[entry.trial];
        if (entry.trial != places_.reserved_for() && deadline_.permits(trial.configuration, now_s)) {
            numbers.push_back(entry.trial);
            waiting.push_back({std::max(entry.expected, 0.0), trial.most_devices});
        }
    }
    std::vector<NodeSlots> nodes = places_.slots_by_node(now_s);
    for (const std::size_t running : running_) {
        for (const Places::Place& place : trials_[running].places) {
            if (!places_.is_disabled(place.device)) {
                nodes[places_.node_number(place.device)].slots.push_back(
                    {place.device, free_at_s(trials_[running], now_s)});
            }
        }
    }
    take_reserved(nodes, now_s);
    const std::vector<TailStart> plan = plan_tail(nodes, waiting, settings_.speed, now_s);
    for (std::size_t i = 0; i < plan.size(); ++i) {
        // One that could no longer start then, before the time limit, starts now on what there is.
        if (plan[i].starts_at_s > now_s && deadline_.permits(trials_[numbers[i]].configuration, plan[i].starts_at_s)) {
            keeps_until_s_ = std::min(keeps_until_s_, std::max(plan[i].starts_at_s, now_s + 1));
            continue;
        }
        int devices = plan[i].devices;
        while (devices > 0 && !start(trials_[numbers[i]], now_s, devices)) {
            devices /= 2;  // so many are not free, or have no memory for it
        }
        if (devices > 0) {
            queue_.remove(numbers[i]);
        } else {
            places_.reserve(numbers[i]);
        }
    }
    return !plan.empty();
}

/// Counts the slots of reserved devices as taken until the trial that waits for them is expected to have ended there.
void Scheduler::take_reserved(std::vector<NodeSlots>& nodes, double now_s) const
{
    const auto kept_for = places_.reserved_for();
    if (!kept_for) {
        return;
    }
    std::vector<SlotTime*> reserved;
    double starts_at_s = now_s;
    for (NodeSlots& node : nodes) {
        for (SlotTime& slot : node.slots) {
            if (places_.is_reserved(slot.device)) {
                reserved.push_back(&slot);
                starts_at_s = std::max(starts_at_s, slot.free_at_s);
            }
        }
    }
    for (SlotTime* slot : reserved) {
        slot->free_at_s = starts_at_s + std::max(queue_.expected(*kept_for), 0.0);
    }
}

/// Expects a trial that has run for longer than expected to go on as long as it is late, a twentieth of its time at least.
double Scheduler::free_at_s(const TrialState& trial, double now_s) const
{
    const double ends_at_s = trial.assigned_s + std::max(queue_.expected(number_of(trial)), 0.0) /
                                                    settings_.speed.of(static_cast<int>(trial.places.size()));
    constexpr double not_now_s = 1e-3;
    return ends_at_s >= now_s ? std::max(ends_at_s, now_s + not_now_s)
                              : now_s + std::max(now_s - ends_at_s, (now_s - trial.assigned_s) / 20);
}

bool Scheduler::start(TrialState& trial, double now_s, int devices)
{
    const std::size_t index = number_of(trial);
    Places::Taken places = places_.take(memory_.need(trial.configuration, devices),
                                        MemoryModel::needs_own_device(trial.failures), index, devices);
    if (places.empty()) {
        return false;
    }
    trial.places = std::move(places);
    trial.phase = Phase::running;
    trial.heard = false;
    trial.assigned_s = now_s;
    ++trial.attempt;
    running_.insert(index);
    trial.rank = ranks_.idlest(places_.node(trial.places.front().device));
    ranks_.begin(trial.rank, index);
    std::vector<Slot> slots;
    for (const Places::Place& place : trial.places) {
        slots.push_back(places_.slot(place));
    }
    actions_.emplace_back(Assign{trial.rank, {trial.attempt, {trial.id}, std::move(slots)}});
    return true;
}

void Scheduler::end_without_devices()
{
    if (devices_of_each() > 1 && !could_start_) {
        could_start_ = places_.most_devices() >= devices_of_each();
    }
    if (draining_ || queue_.empty() || !nothing_under_way() || ranks_.empty()) {
        return;
    }
    if (!places_.any_usable() && places_.any_disabled()) {
        stop(SweepEnding::no_device,
             fmt::format("no device is left: each was disabled after a failure; the last one: {}", device_fault_));
        return;
    }
    if (const int most = could_start_ ? places_.most_devices() : 0; could_start_ && most < devices_of_each()) {
        stop(SweepEnding::no_device,
             fmt::format(
                 "no node with {} devices for a trial is left (execution.devices_per_trial); the largest has {}{}",
                 devices_of_each(), most,
                 device_fault_.empty() ? "" : ", after devices were disabled; the last one: " + device_fault_));
    }
}

}  // namespace attnsweep::scheduler
