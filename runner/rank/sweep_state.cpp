#include "runner/rank/sweep_state.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "configs/failure_policy.h"

namespace attnsweep::runner {

namespace {

// A trial at the beginning of its first epoch gives no estimate of its speed.
constexpr double least_share_for_factor = 0.02;

}  // namespace

double SweepState::Trial::share_done() const
{
    if (max_epochs <= 0) {
        return 0;
    }
    // During an epoch, progress events carry its number from 1: done are the epochs before it and its batches.
    const double whole = batch > 0 ? epoch - 1 : epoch;
    const double part = batches > 0 ? static_cast<double>(batch) / static_cast<double>(batches) : 0;
    return std::clamp((whole + part) / max_epochs, 0.0, 1.0);
}

double SweepState::Trial::share_at_start() const
{
    return max_epochs <= 0 ? 0 : std::clamp(static_cast<double>(first_epoch) / max_epochs, 0.0, 1.0);
}

double SweepState::Trial::runs_s() const
{
    return has_started() ? std::chrono::duration<double>(Clock::now() - started).count() : 0;
}

double SweepState::Trial::left_s() const
{
    return epochs_here == 0 ? -1 : epochs_s / epochs_here * std::max(max_epochs - epoch, 0);
}

SweepState::SweepState(const configs::Sweep& sweep, const RemainingTrials& remaining)
    : name_(sweep.name), devices_per_trial_(sweep.execution.devices_per_trial),
      total_(static_cast<int>(sweep.trials.size())), done_(remaining.done), done_before_(remaining.done),
      failed_(static_cast<int>(remaining.given_up.size()))
{
    double left_s = 0, low_s = 0, high_s = 0;
    std::set<std::string> begun;
    for (const scheduler::PlannedTrial& left : remaining.left) {
        if (left.is_begun) {
            begun.insert(left.id);
        }
    }
    // As scheduler/trial_queue.h orders them: (not begun, rank among those).
    std::vector<std::tuple<bool, double, std::string>> planned;
    for (const configs::Trial& trial : sweep.trials) {
        const auto duration = remaining.durations.find(trial.id);
        if (duration == remaining.durations.end()) {
            continue;
        }
        Trial& known = trials_[trial.id];
        known.label = trial.label;
        known.planned_s = duration->second.total_s;
        known.planned_left_s = duration->second.left_s;
        const bool is_begun = begun.contains(trial.id);
        planned.emplace_back(!is_begun, is_begun ? known.planned_left_s : -known.planned_left_s, trial.id);
        planned_total_s_ += known.planned_s;
        left_s += duration->second.left_s;
        low_s += duration->second.left_low_s;
        high_s += duration->second.left_high_s;
    }
    if (left_s > 0) {
        planned_low_ = low_s / left_s;
        planned_high_ = high_s / left_s;
    }
    std::stable_sort(planned.begin(), planned.end(), [](const auto& a, const auto& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });
    for (auto& [not_begun, rank, id] : planned) {
        order_.push_back(std::move(id));
    }
    for (const auto& trial : remaining.given_up) {
        failures_.push_back({trial.label, trial.failure, false, trial.log.string()});
    }
}

SweepState::Trial* SweepState::change(const std::string& trial)
{
    ++version_;
    const auto found = trials_.find(trial);
    return found == trials_.end() ? nullptr : &found->second;
}

const SweepState::Trial* SweepState::find(const std::string& trial) const
{
    const auto found = trials_.find(trial);
    return found == trials_.end() ? nullptr : &found->second;
}

bool SweepState::node_ready(const std::string& node, int slots, int devices)
{
    ++version_;
    const auto known = slots_.lower_bound({node, 0, 0});
    const bool is_new = known == slots_.end() || known->first.node != node;
    const int count = devices > 0 ? devices : slots;
    for (int slot = 0; slot < slots; ++slot) {
        slots_.try_emplace({node, slot % count, slot / count}).first->second.number = slot;
    }
    return is_new;
}

void SweepState::device_disabled(const std::string& node, int device)
{
    ++version_;
    for (auto& [slot, state] : slots_) {
        if (slot.node == node && slot.device == device) {
            state.disabled = true;
        }
    }
}

void SweepState::assigned(const std::string& trial, int attempt, int rank, const std::vector<scheduler::Slot>& slots,
                          double speed)
{
    Trial* state = change(trial);
    if (!state) {
        return;
    }
    Trial fresh;
    fresh.label = state->label;
    fresh.planned_s = state->planned_s;
    fresh.last_failure = state->last_failure;
    fresh.phase = Phase::assigned;
    fresh.attempt = attempt;
    fresh.rank = rank;
    fresh.slots = slots;
    fresh.speed = speed;
    *state = std::move(fresh);
    for (const scheduler::Slot& slot : slots) {
        slots_[slot].trial = trial;
    }
}

void SweepState::noted(const std::string& trial, const std::string& text)
{
    if (Trial* state = change(trial)) {
        state->note = text;
    }
}

void SweepState::attempt_started(const std::string& trial)
{
    Trial* state = change(trial);
    if (!state || state->phase != Phase::assigned) {
        return;
    }
    state->phase = Phase::running;
    state->note.clear();
    state->started = Clock::now();
}

void SweepState::event_reported(const TrialEvent& event)
{
    Trial* state = change(event.trial_id);
    if (!state) {
        return;
    }
    if (event.max_epochs > 0) {
        state->max_epochs = event.max_epochs;
    }
    switch (event.kind) {
    case TrialEvent::Kind::started:
        state->epoch = state->first_epoch = std::max(0, event.epoch - 1);
        break;
    case TrialEvent::Kind::progress:
        state->epoch = event.epoch;
        state->batch = event.batch;
        state->batches = event.batches;
        if (event.batch > 0) {  // before the first there is no loss
            state->train_loss = event.train_loss;
        }
        break;
    case TrialEvent::Kind::epoch:
        if (!event.record) {
            break;
        }
        state->epoch = event.record->epoch;
        state->batch = 0;
        state->train_loss = event.record->train_loss;
        state->validation_accuracy =
            std::isnan(event.record->validation_accuracy) ? -1 : event.record->validation_accuracy;
        state->epochs_s += event.record->duration_s;
        ++state->epochs_here;
        break;
    case TrialEvent::Kind::checkpoint:
    case TrialEvent::Kind::finished:
    case TrialEvent::Kind::failed:
    case TrialEvent::Kind::drained:
        break;
    }
}

void SweepState::slot_released(const std::string& trial)
{
    Trial* state = change(trial);
    if (!state || state->phase != Phase::running) {
        return;
    }
    state->phase = Phase::ending;
    leave_slot(trial, *state);
}

void SweepState::leave_slot(const std::string& id, const Trial& trial)
{
    // If it was released before the trial's end was judged, it may be the next trial's by now.
    for (const scheduler::Slot& left : trial.slots) {
        if (Slot& slot = slots_[left]; slot.trial == id) {
            slot.trial.clear();
        }
    }
}

void SweepState::attempt_ended(const std::string& trial, scheduler::Ending ending, const std::string& log)
{
    Trial* state = change(trial);
    if (!state) {
        return;
    }
    state->log = log;
    if (ending == scheduler::Ending::done) {
        planned_ended_s_ += state->planned_s;
        if (state->planned_s > 0) {
            const double share_here = 1 - static_cast<double>(state->first_epoch) / std::max(state->max_epochs, 1);
            state->factor =
                state->runs_s() * state->speed / (state->planned_s * std::max(share_here, least_share_for_factor));
        }
    }
    leave_slot(trial, *state);
    state->phase = ending == scheduler::Ending::drained ? Phase::waiting : Phase::committing;
    state->after_commit = Phase::done;
}

void SweepState::failed(const std::string& trial, const configs::Failure& failure, bool again)
{
    Trial* state = change(trial);
    if (!state) {
        return;
    }
    forget_failures_of(state->label);
    failures_.push_back({state->label, failure, again, state->log});
    state->last_failure = failure.kind;
    state->after_commit = again ? Phase::waiting : Phase::failed;
    if (!again) {
        ++failed_;
        planned_ended_s_ += state->planned_s;
    }
}

void SweepState::forget_failures_of(const std::string& label)
{
    std::erase_if(failures_, [&](const store::LiveFailure& failure) { return failure.label == label; });
}

bool SweepState::retry_may_help() const
{
    return std::any_of(failures_.begin(), failures_.end(), [](const store::LiveFailure& failure) {
        return !failure.again && !configs::repeats_itself(failure.failure.kind);
    });
}

void SweepState::committed(const std::string& trial)
{
    Trial* state = change(trial);
    if (!state || state->phase != Phase::committing) {
        return;
    }
    state->phase = state->after_commit;
    if (state->phase == Phase::done) {
        ++done_;
        forget_failures_of(state->label);
    }
}

std::vector<std::string> SweepState::rank_lost(int rank)
{
    ++version_;
    std::vector<std::string> interrupted;
    for (auto& [id, trial] : trials_) {
        if (trial.rank != rank || (trial.phase != Phase::assigned && !trial.has_started())) {
            continue;
        }
        if (trial.has_started()) {
            interrupted.push_back(id);
        }
        trial.phase = Phase::waiting;
        leave_slot(id, trial);
    }
    return interrupted;
}

void SweepState::draining(const std::string& reason)
{
    ++version_;
    drain_reason_ = reason;
}

void SweepState::sweep_ended(int exit_code)
{
    ++version_;
    exit_code_ = exit_code;
}

SweepCounts SweepState::counts(double elapsed_s) const
{
    SweepCounts counts{done_, total_, 0, failed_, -1};
    double done_here_s = planned_ended_s_, behind_s = planned_ended_s_;
    for (const auto& [where, slot] : slots_) {
        if (slot.trial.empty() || !trials_.at(slot.trial).begins_at(where)) {
            continue;
        }
        ++counts.running;
        const Trial& trial = trials_.at(slot.trial);
        if (trial.phase == Phase::running) {
            done_here_s += trial.planned_s * (trial.share_done() - trial.share_at_start());
            behind_s += trial.planned_s * trial.share_done();
        }
    }
    if (done_here_s > 0) {
        counts.left_s = (planned_total_s_ - behind_s) * elapsed_s / done_here_s;
    }
    return counts;
}

}  // namespace attnsweep::runner
