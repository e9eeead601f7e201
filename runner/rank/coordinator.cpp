#include "runner/rank/coordinator.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "configs/names.h"
#include "runner/exit_code.h"
#include "runner/rank/closing_summary.h"
#include "runner/rank/live_view.h"
#include "runner/rank/scheduler_settings.h"
#include "runner/rank/sweep_setup.h"
#include "runner/utc_time.h"

namespace attnsweep::runner {

namespace {

void tell_error(const std::string& text)
{
    std::fputs(fmt::format("attnsweep: {}\n", text).c_str(), stderr);
}

}  // namespace

Coordinator::Coordinator(RunContext context, const RunOptions& options, bool under_launcher, Messenger& messenger,
                         EventLoopQueue& loop_queue)
    : context_(std::move(context)), options_(options), messenger_(messenger),
      progress_(draws_live(options.progress, under_launcher), stdout), state_(context_.sweep, context_.remaining),
      orders_(context_), scheduler_(std::exchange(context_.remaining.left, {}),
                                    scheduler_settings(options, context_.ends_at, context_.began,
                                                       context_.sweep.execution.devices_per_trial, context_.speed))
{
    writer_ = std::make_unique<StoreWriter>(
        std::move(context_.store), std::move(context_.published), *context_.lease, loop_queue,
        StoreWriter::Callbacks{[this](const auto&... what) { committed(what...); },
                               [this](int code, const std::string& message) { store_lost(code, message); }});
    for (const std::string& notice : context_.notices) {
        progress_.say(notice);
    }
    if (orders_.size() == 0) {
        end(state_.failed() == 0 ? exit_done : exit_trials_failed);
        return;
    }
    publisher_ = std::make_unique<LivePublisher>(
        context_.store_folder, loop_queue, [this] { drain("attnsweep drain"); },
        [this] {
            try {
                context_.lease->check();
                return true;
            } catch (const files::Error&) {
                return false;
            }
        });
    progress_.say(fmt::format("{}: {} trial{}, {} done before, {} to go{}", state_.name(), state_.total(),
                              state_.total() == 1 ? "" : "s", state_.done(), orders_.size(),
                              state_.failed() == 0
                                  ? std::string()
                                  : fmt::format(", {} given up as failed{}", state_.failed(),
                                                state_.retry_may_help() ? " (--retry failed runs them again)" : "")));
    admission_.emplace(messenger_, sweep_setup(context_, options_),
                       NodeAdmission::Rules{options_.on_bad_node != "stop", options_.preflight_only,
                                            context_.sweep.execution.devices_per_trial},
                       now_s());
}

Coordinator::~Coordinator()
{
    if (writer_) {
        writer_->abandon();
    }
}

double Coordinator::now_s() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - context_.began).count();
}

template <class What> void Coordinator::tell_scheduler(What what)
{
    for (const scheduler::Action& action : scheduler_.handle({now_s(), std::move(what)})) {
        std::visit([this](const auto& one) { act(one); }, action);
    }
}

// ---- events: each is applied to the state first, then passed to the scheduler

void Coordinator::handle(int from, const ToCoordinator& message)
{
    if (!over_) {
        std::visit([&](const auto& one) { on(from, one); }, message);
    }
}

void Coordinator::on(int from, const NodeReady& ready)
{
    if (state_.node_ready(ready.node, ready.slots, ready.devices)) {
        const int each = context_.sweep.execution.devices_per_trial;
        progress_.say(fmt::format("{}: {}{}", ready.node, ready.description,
                                  most_devices_together(ready) >= each
                                      ? std::string()
                                      : fmt::format("; too few for trials on {} devices: it runs none", each)));
    }
    admission_->on(from, ready);
    joining_.push_back({from, ready.node, ready.slots, ready.devices, ready.memory, ready.of_cores, false,
                        ready.one_each, ready.bytes_of_devices});
    admit();
}

/// Tells the scheduler which ranks have joined: with "auto" devices all together, since the first must not take the last trials,
/// unless the others are late (NodeAdmission::holds_back).
void Coordinator::admit()
{
    const auto free = std::count_if(state_.slots().begin(), state_.slots().end(), [](const auto& slot) {
        return slot.second.trial.empty() && !slot.second.disabled;
    });
    if (admission_->holds_back(scheduler_.waiting(), static_cast<int>(free), now_s())) {
        return;
    }
    if (const auto late = joining_.empty() ? std::nullopt : admission_->gave_up_on(now_s())) {
        progress_.say(*late);
    }
    if (const auto error = admission_->too_few_devices()) {
        fail(error->exit_code, error->message);
    }
    std::vector<scheduler::RankJoined> joining = std::exchange(joining_, {});
    for (std::size_t i = 0; i < joining.size(); ++i) {
        joining[i].others_follow = i + 1 < joining.size();
        tell_scheduler(std::move(joining[i]));
    }
}

void Coordinator::on(int, const NodeError& error)
{
    fail(error.exit_code, error.message);
}

void Coordinator::on(int, const AttemptStarted& started)
{
    if (!orders_.find(started.trial)) {
        return;
    }
    writer_->begin_attempt(started.trial, started.attempt, started.host, started.device, started.started_at);
    state_.attempt_started(started.trial);
}

void Coordinator::on(int, const AttemptExited& exited)
{
    tell_scheduler(scheduler::AttemptExited{exited.trial, exited.attempt});
}

void Coordinator::on(int, const TrialEventReported& reported)
{
    const TrialEvent& event = reported.event;
    const configs::Trial* trial = orders_.find(event.trial_id);
    if (!trial) {
        return;
    }
    state_.event_reported(event);
    progress_.event_reported(state_.at(event.trial_id), event);
    if (event.record) {
        writer_->record_epoch(event.trial_id, event.attempt, *event.record);
        // On other devices than planned it says nothing of the plan.
        const bool is_as_planned = state_.at(event.trial_id).slots.size() ==
                                   static_cast<std::size_t>(std::max(context_.sweep.execution.devices_per_trial, 1));
        auto changed = is_as_planned ? context_.measured_epochs.measured(trial->configuration, event.record->duration_s)
                                     : std::nullopt;
        if (changed) {
            tell_scheduler(std::move(*changed));
        }
    }
    tell_scheduler(
        scheduler::TrialProgress{event.trial_id, event.attempt, {event.peak_device_bytes, event.peak_memory_bytes}});
}

void Coordinator::on(int, const SlotReleased& released)
{
    state_.slot_released(released.trial);
    tell_scheduler(scheduler::SlotReleased{released.trial, released.attempt});
}

void Coordinator::on(int, const AttemptEnded& ended)
{
    if (!orders_.find(ended.trial)) {
        return;
    }
    orders_.keep_result(ended.trial, {ended.result, ended.written});
    state_.attempt_ended(ended.trial, ended.ending, ended.log);
    if (ended.ending == scheduler::Ending::drained) {
        writer_->end_attempt(ended.trial, ended.attempt, store::NoResult::drained, utc_now());
    }
    tell_scheduler(scheduler::TrialEnded{ended.trial, ended.attempt, ended.ending, ended.failure});
}

void Coordinator::committed(const std::string& trial, int attempt, const std::string& agreement)
{
    state_.committed(trial);
    tell_scheduler(scheduler::Committed{trial, attempt});
    // Printed only now: a trial is reported as done only if its result is in the store.
    if (state_.at(trial).phase == SweepState::Phase::done) {
        progress_.say(fmt::format("{} done: {}", state_.at(trial).label, counts_text(state_.counts(now_s()))));
        if (!agreement.empty()) {
            progress_.say(fmt::format("{}: attempt {} {}", state_.at(trial).label, attempt, agreement));
        }
    }
}

void Coordinator::on(int, const Note& note)
{
    progress_.say(note.text);
    state_.noted(note.trial, note.text);
}

void Coordinator::on(int from, const DrainRequested& requested)
{
    drain(from == 0 ? requested.reason : fmt::format("{} on rank {}", requested.reason, from));
}

void Coordinator::rank_lost(int rank, const std::string& reason)
{
    all_live_ = false;
    if (over_) {
        return;
    }
    std::string labels;
    for (const std::string& id : state_.rank_lost(rank)) {
        const SweepState::Trial& trial = state_.at(id);
        labels += (labels.empty() ? "; to be run again: " : ", ") + trial.label;
        writer_->end_attempt(id, trial.attempt, store::NoResult::interrupted, utc_now());
    }
    progress_.say(fmt::format("rank {} {}{}", rank, reason, labels));
    admission_->rank_lost(rank);
    std::erase_if(joining_, [&](const scheduler::RankJoined& joined) { return joined.rank == rank; });
    admit();
    tell_scheduler(scheduler::RankLost{rank, reason});
}

void Coordinator::drain(const std::string& reason)
{
    if (over_ || scheduler_.draining()) {
        return;
    }
    progress_.say(fmt::format("{}: running trials leave a checkpoint and end", reason));
    state_.draining(reason);
    tell_scheduler(scheduler::DrainRequested{reason});
}

void Coordinator::fail(int exit_code, const std::string& message)
{
    if (failure_code_ == exit_done) {
        failure_code_ = exit_code;
        progress_.clear();
        tell_error(message);
    }
    state_.draining(message);
    if (!over_) {
        tell_scheduler(scheduler::DrainRequested{message});
    }
}

void Coordinator::store_lost(int exit_code, const std::string& message)
{
    store_broken_ = true;
    fail(exit_code, message);
}

// ---- turns of the loop, and the end

void Coordinator::tick()
{
    look_at_lease();
    if (over_) {
        return;
    }
    look_at_preflight();
    if (!joining_.empty()) {
        admit();
    }
    if (now_s() >= scheduler_.next_tick_s()) {
        tell_scheduler(scheduler::Tick{});
    }
    // Without a store no result is ever committed, so the scheduler would wait for ever.
    if (store_broken_ && scheduler_.running() == 0 && scheduler_.ending() == 0) {
        end(failure_code_);
    }
    progress_.redraw(state_, now_s());
    if (publisher_->due(state_.version() != published_version_)) {
        published_version_ = state_.version();
        publisher_->publish(live_view(state_));
    }
}

void Coordinator::look_at_lease()
{
    const auto lost = context_.keeper ? context_.keeper->lost() : std::nullopt;
    if (lost && !store_broken_) {
        store_lost(exit_code_of(*lost, exit_store), lost->what());
    }
}

void Coordinator::look_at_preflight()
{
    const auto decision = admission_->decide(now_s());
    if (!decision) {
        return;
    }
    progress_.clear();
    std::fputs(decision->report.c_str(), stdout);
    std::fflush(stdout);
    if (decision->stop) {
        fail(decision->stop->exit_code, decision->stop->message);
    } else if (options_.preflight_only) {
        end(exit_done);
    }
    for (const std::string& line : decision->left_out) {
        progress_.say(line);
    }
}

double Coordinator::sleep_s() const
{
    double sleep = over_ ? 0 : scheduler_.next_tick_s() - now_s();
    if (progress_.needs_redraw(state_)) {
        sleep = std::min(sleep, 0.1);
    }
    return std::max(sleep, 0.0);
}

void Coordinator::end(int exit_code)
{
    if (over_) {
        return;
    }
    over_ = true;
    exit_code_ = exit_code;
    for (int rank = 0; rank < messenger_.size(); ++rank) {
        messenger_.send_to_rank(rank, Stop{exit_code, all_live_});
    }
}

int Coordinator::close()
{
    const auto failure = writer_->close();
    if (failure && !store_broken_) {
        failure_code_ = failure->exit_code;
        progress_.clear();
        tell_error(failure->message);
    }
    // Earlier failures were reported then, but may have come after the sweep's exit code was decided.
    const int fails_last = failure || store_broken_ ? failure_code_ : exit_done;
    if (fails_last != exit_done) {
        exit_code_ = fails_last;
    }
    writer_.reset();
    if (publisher_) {
        state_.sweep_ended(exit_code_);
        publisher_->publish(live_view(state_));
        publisher_.reset();
    }
    context_.keeper.reset();
    context_.lease.reset();
    progress_.clear();
    if (!options_.preflight_only) {
        summary_ =
            closing_summary(state_, {exit_code_, failure_code_ != exit_done, finished_, now_s(), options_.store});
        std::fputs(summary_.c_str(), stdout);
        std::fflush(stdout);
    }
    return fails_last;
}

}  // namespace attnsweep::runner
