#include "runner/rank/live_view.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "configs/names.h"
#include "runner/rank/sweep_end.h"

namespace attnsweep::runner {

namespace {

constexpr std::size_t labels_shown = 5;
// A trial at the beginning of its first epoch gives no estimate of its speed.
constexpr double least_share_for_factor = 0.02;

std::string why_it_waits(const SweepState& state, const SweepState::Trial& trial, bool slot_is_free)
{
    if (state.drain_reason() && !state.exit_code()) {
        return "nothing more is started: " + *state.drain_reason();
    }
    const auto& slots = state.slots();
    if (slots.empty()) {
        return "no node is ready yet";
    }
    if (std::all_of(slots.begin(), slots.end(), [](const auto& slot) { return slot.second.disabled; })) {
        return "every device has been set aside";
    }
    if (trial.last_failure == configs::FailureKind::out_of_memory) {
        return "tried again alone on a device, after it ran out of memory";
    }
    if (trial.last_failure) {
        return "tried again after those that have not failed (" + configs::to_string(*trial.last_failure) + ")";
    }
    return slot_is_free ? "the free slots are kept, or it does not fit into memory or time" : "no free slot";
}

store::LiveSlot live_slot(const std::string& id, const SweepState::Trial& trial)
{
    store::LiveSlot live;
    live.trial = id;
    live.label = trial.label;
    live.attempt = trial.attempt;
    live.began = trial.has_started();
    live.note = trial.note;
    live.epoch = trial.epoch;
    live.max_epochs = trial.max_epochs;
    live.batch = trial.batch;
    live.batches = trial.batches;
    live.train_loss = trial.train_loss;
    live.validation_accuracy = trial.validation_accuracy;
    live.runs_s = trial.runs_s();
    live.left_s = trial.left_s();
    return live;
}

/// `is_first`: of the slots that the trial is on.
void add_times(const SweepState::Trial& trial, bool is_first, SweepTimes& times)
{
    times.running_s.push_back(trial.planned_s / trial.speed * (1 - trial.share_done()));
    const double share_here = trial.share_done() - trial.share_at_start();
    if (is_first && share_here >= least_share_for_factor && trial.planned_s > 0) {
        times.factors.push_back(trial.runs_s() * trial.speed / (trial.planned_s * share_here));
    }
}

/// Fills in `slots`. Returns whether one of them is free.
bool add_slots(const SweepState& state, store::LiveStatus& status, SweepTimes& times)
{
    bool one_is_free = false;
    const int each = std::max(state.devices_per_trial(), 1);
    for (const auto& [slot, held] : state.slots()) {
        store::LiveSlot live;
        if (!held.trial.empty()) {
            const SweepState::Trial& trial = state.at(held.trial);
            live = live_slot(held.trial, trial);
            if (each == 1 || trial.begins_at(slot)) {
                add_times(trial, trial.begins_at(slot), times);
            }
        } else if (held.disabled) {
            live.note = "set aside";
        }
        live.node = slot.node;
        live.device = slot.device;
        live.place = slot.place;
        live.number = held.number;
        times.slots += !held.disabled;
        one_is_free = one_is_free || (held.trial.empty() && !held.disabled);
        status.slots.push_back(std::move(live));
    }
    times.slots /= each;
    return one_is_free;
}

void add_trials(const SweepState& state, bool slot_is_free, store::LiveStatus& status, SweepTimes& times)
{
    using Phase = SweepState::Phase;
    std::map<std::string, store::LiveWaiting> waits;
    for (const std::string& id : state.starting_order()) {
        const SweepState::Trial& trial = state.at(id);
        if (trial.factor > 0) {
            times.factors.push_back(trial.factor);
        }
        switch (trial.phase) {
        case Phase::waiting: {
            ++status.waiting;
            times.waiting_s.push_back(trial.planned_left_s);
            store::LiveWaiting& group = waits[why_it_waits(state, trial, slot_is_free)];
            if (++group.count <= static_cast<int>(labels_shown)) {
                group.labels.push_back(trial.label);
            }
            break;
        }
        case Phase::assigned:
        case Phase::running:
        case Phase::ending:
        case Phase::committing:
            ++status.running;
            break;
        case Phase::done:
        case Phase::failed:
            break;
        }
    }
    for (auto& [why, group] : waits) {
        group.why = why;
        status.waits.push_back(std::move(group));
    }
}

}  // namespace

store::LiveStatus live_view(const SweepState& state)
{
    store::LiveStatus status;
    status.sweep = state.name();
    status.state = state.exit_code() ? "ended" : state.drain_reason() ? "draining" : "running";
    status.reason = state.drain_reason().value_or("");
    status.exit_code = state.exit_code().value_or(-1);
    status.total = state.total();
    status.done = state.done();
    status.failed = state.failed();
    status.failures = state.failures();
    SweepTimes times;
    times.planned_low = state.planned_low();
    times.planned_high = state.planned_high();
    const bool slot_is_free = add_slots(state, status, times);
    add_trials(state, slot_is_free, status, times);
    if (status.state == "running") {
        status.left = sweep_end(times);
    }
    return status;
}

}  // namespace attnsweep::runner
