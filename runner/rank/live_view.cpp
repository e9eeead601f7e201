#include "runner/rank/live_view.h"

#include <algorithm>
#include <utility>

#include "runner/rank/sweep_end.h"

namespace attnsweep::runner {

namespace {

constexpr std::size_t labels_shown = 5;
// A trial whose first epoch has only begun says nothing of its speed.
constexpr double least_share_for_factor = 0.02;

}  // namespace

double LiveView::Trial::runs_s() const
{
    return live.began ? std::chrono::duration<double>(Clock::now() - begun).count() : 0;
}

double LiveView::Trial::share() const
{
    if (live.max_epochs <= 0) {
        return 0;
    }
    const double whole = live.batch > 0 ? live.epoch - 1 : live.epoch;
    const double part = live.batches > 0 ? static_cast<double>(live.batch) / static_cast<double>(live.batches) : 0;
    return std::clamp((whole + part) / live.max_epochs, 0.0, 1.0);
}

double LiveView::Trial::share_here() const
{
    return live.max_epochs <= 0 ? 0 : std::max(share() - static_cast<double>(first_epoch) / live.max_epochs, 0.0);
}

LiveView::Trial* LiveView::find(const std::string& id)
{
    changed_ = true;
    const auto found = trials_.find(id);
    return found == trials_.end() ? nullptr : &found->second;
}

void LiveView::sweep_begins(const configs::Sweep& sweep, int done_before)
{
    status_.sweep = sweep.name;
    status_.total = static_cast<int>(sweep.trials.size());
    done_before_ = done_before;
}

void LiveView::left(const configs::Trial& trial, const ExpectedDuration& duration)
{
    Trial& known = trials_[trial.id];
    known.label = trial.label;
    known.planned_s = duration.total_s;
    order_.push_back(trial.id);
    planned_s_ += duration.left_s;
    planned_low_s_ += duration.left_low_s;
    planned_high_s_ += duration.left_high_s;
}

void LiveView::failed(const std::string& id, const std::string& label, const configs::Failure& failure, bool again,
                      const std::string& log)
{
    std::erase_if(status_.failures, [&](const store::LiveFailure& known) { return known.label == label; });
    status_.failures.push_back({label, failure, again, log});
    if (Trial* trial = find(id)) {
        trial->last_failure = failure.kind;
        trial->after = again ? Phase::waiting : Phase::failed;
    }
}

void LiveView::node_joined(const std::string& node, int slots, int devices)
{
    changed_ = true;
    const int count = devices > 0 ? devices : slots;
    for (int slot = 0; slot < slots; ++slot) {
        slots_.try_emplace({node, slot % count, slot / count}).first->second.number = slot;
    }
}

void LiveView::device_disabled(const std::string& node, int device)
{
    changed_ = true;
    for (auto& [slot, state] : slots_) {
        if (slot.node == node && slot.device == device) {
            state.set_aside = true;
        }
    }
}

void LiveView::rank_lost(int rank)
{
    changed_ = true;
    for (auto& [id, trial] : trials_) {
        if (trial.rank != rank || trial.phase != Phase::placed) {
            continue;
        }
        trial.phase = Phase::waiting;
        leave_slot(id, trial);
    }
}

void LiveView::assigned(const std::string& id, int attempt, int rank, const scheduler::Slot& slot)
{
    Trial* trial = find(id);
    if (!trial) {
        return;
    }
    trial->phase = Phase::placed;
    trial->slot = slot;
    trial->rank = rank;
    trial->epochs_here = trial->first_epoch = 0;
    trial->epochs_s = 0;
    trial->live = {};
    trial->live.trial = id;
    trial->live.label = trial->label;
    trial->live.attempt = attempt;
    slots_[slot].trial = id;
}

void LiveView::noted(const std::string& id, const std::string& text)
{
    if (Trial* trial = find(id)) {
        trial->live.note = text;
    }
}

void LiveView::began(const std::string& id)
{
    if (Trial* trial = find(id)) {
        trial->live.began = true;
        trial->live.note.clear();
        trial->begun = Clock::now();
    }
}

void LiveView::happened(const TrialEvent& event)
{
    Trial* trial = find(event.trial_id);
    if (!trial) {
        return;
    }
    store::LiveSlot& live = trial->live;
    if (event.max_epochs > 0) {
        live.max_epochs = event.max_epochs;
    }
    switch (event.kind) {
    case TrialEvent::Kind::started:
        live.epoch = trial->first_epoch = std::max(0, event.epoch - 1);
        break;
    case TrialEvent::Kind::progress:
        live.epoch = event.epoch;
        live.batch = event.batch;
        live.batches = event.batches;
        live.train_loss = event.train_loss;
        break;
    case TrialEvent::Kind::epoch:
        if (!event.record) {
            break;
        }
        live.epoch = event.record->epoch;
        live.batch = 0;
        live.train_loss = event.record->train_loss;
        live.validation_accuracy = event.record->validation_accuracy;
        trial->epochs_s += event.record->duration_s;
        ++trial->epochs_here;
        break;
    case TrialEvent::Kind::checkpoint:
    case TrialEvent::Kind::finished:
    case TrialEvent::Kind::failed:
    case TrialEvent::Kind::drained:
        break;
    }
}

void LiveView::freed(const std::string& id)
{
    if (Trial* trial = find(id)) {
        leave_slot(id, *trial);
    }
}

void LiveView::leave_slot(const std::string& id, const Trial& trial)
{
    // Freed before it was known how the trial ended, it may be the next one's by now.
    SlotState& slot = slots_[trial.slot];
    if (slot.trial == id) {
        slot.trial.clear();
    }
}

void LiveView::ended(const std::string& id, scheduler::Ending ending)
{
    Trial* trial = find(id);
    if (!trial) {
        return;
    }
    if (ending == scheduler::Ending::done && trial->planned_s > 0) {
        trial->factor = trial->runs_s() / (trial->planned_s * std::max(1 - static_cast<double>(trial->first_epoch) /
                                                                               std::max(trial->live.max_epochs, 1),
                                                                       least_share_for_factor));
    }
    leave_slot(id, *trial);
    trial->phase = ending == scheduler::Ending::drained ? Phase::waiting : Phase::committing;
    trial->after = Phase::done;
    // Its numbers are of the attempt that has ended.
    trial->live = {};
}

void LiveView::committed(const std::string& id)
{
    Trial* trial = find(id);
    if (!trial || trial->phase != Phase::committing) {
        return;
    }
    trial->phase = trial->after;
    if (trial->phase == Phase::done) {
        std::erase_if(status_.failures, [&](const auto& failure) { return failure.label == trial->label; });
    }
}

void LiveView::drains(const std::string& reason)
{
    changed_ = true;
    status_.state = "draining";
    status_.reason = reason;
}

void LiveView::sweep_ended(int exit_code)
{
    changed_ = true;
    status_.state = "ended";
    status_.exit_code = exit_code;
}

std::string LiveView::why_it_waits(const Trial& trial, bool slot_is_free) const
{
    if (status_.state == "draining") {
        return "nothing more is started: " + status_.reason;
    }
    if (slots_.empty()) {
        return "no node is ready yet";
    }
    if (std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.second.set_aside; })) {
        return "every device has been set aside";
    }
    if (trial.last_failure == "out_of_memory") {
        return "tried again alone on a device, after it ran out of memory";
    }
    if (!trial.last_failure.empty()) {
        return "tried again after those that have not failed (" + trial.last_failure + ")";
    }
    return slot_is_free ? "the free slots are kept, or it does not fit into memory or time" : "no free slot";
}

store::LiveStatus LiveView::status()
{
    changed_ = false;
    if (!std::exchange(sorted_, true)) {
        std::stable_sort(order_.begin(), order_.end(), [this](const std::string& a, const std::string& b) {
            return trials_.at(a).planned_s > trials_.at(b).planned_s;
        });
    }
    store::LiveStatus status = status_;
    status.done = done_before_;
    status.running = status.waiting = status.failed = 0;
    status.slots.clear();
    SweepTimes times;
    if (planned_s_ > 0) {
        times.planned_low = planned_low_s_ / planned_s_;
        times.planned_high = planned_high_s_ / planned_s_;
    }
    bool slot_is_free = false;
    for (const auto& [slot, state] : slots_) {
        store::LiveSlot live;
        if (!state.trial.empty()) {
            const Trial& trial = trials_.at(state.trial);
            live = trial.live;
            live.runs_s = trial.runs_s();
            if (trial.epochs_here > 0) {
                live.left_s = trial.epochs_s / trial.epochs_here * std::max(live.max_epochs - live.epoch, 0);
            }
            times.running_s.push_back(trial.planned_s * (1 - trial.share()));
            if (trial.share_here() >= least_share_for_factor && trial.planned_s > 0) {
                times.factors.push_back(trial.runs_s() / (trial.planned_s * trial.share_here()));
            }
        } else if (state.set_aside) {
            live.note = "set aside";
        }
        live.node = slot.node;
        live.device = slot.device;
        live.place = slot.place;
        live.number = state.number;
        times.slots += !state.set_aside;
        slot_is_free = slot_is_free || (state.trial.empty() && !state.set_aside);
        status.slots.push_back(std::move(live));
    }
    std::map<std::string, store::LiveWaiting> waits;
    for (const std::string& id : order_) {
        const Trial& trial = trials_.at(id);
        if (trial.factor > 0) {
            times.factors.push_back(trial.factor);
        }
        switch (trial.phase) {
        case Phase::waiting: {
            ++status.waiting;
            times.waiting_s.push_back(trial.planned_s);
            store::LiveWaiting& group = waits[why_it_waits(trial, slot_is_free)];
            if (++group.count <= static_cast<int>(labels_shown)) {
                group.labels.push_back(trial.label);
            }
            break;
        }
        case Phase::placed:
        case Phase::committing:
            ++status.running;
            break;
        case Phase::done:
            ++status.done;
            break;
        case Phase::failed:
            break;
        }
    }
    for (auto& [why, group] : waits) {
        group.why = why;
        status.waits.push_back(std::move(group));
    }
    for (const store::LiveFailure& failure : status.failures) {
        status.failed += !failure.again;
    }
    if (status.state == "running") {
        status.left = sweep_end(times);
    }
    return status;
}

}  // namespace attnsweep::runner
