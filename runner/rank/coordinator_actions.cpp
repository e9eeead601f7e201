// The part of the coordinator that does what the scheduler decides.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "configs/names.h"
#include "runner/rank/closing_summary.h"
#include "runner/rank/coordinator.h"

namespace attnsweep::runner {

void Coordinator::act(const scheduler::Assign& assign)
{
    StartAttempt start;
    start.attempt = assign.assignment.attempt;
    start.slots = assign.assignment.slots;
    std::string numbers;
    for (const scheduler::Slot& slot : start.slots) {
        numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", state_.slots().at(slot).number);
    }
    const int devices = static_cast<int>(start.slots.size());
    const double speed = context_.sweep.execution.devices_per_trial == 0 ? context_.speed.of(devices) : 1;
    for (const std::string& id : assign.assignment.trials) {
        start.orders.push_back(orders_.next(id, start.attempt));
        state_.assigned(id, start.attempt, assign.rank, start.slots, speed);
        progress_.log(fmt::format("{} begins on {} slot{} {}{}", state_.at(id).label, start.slots.front().node,
                                  devices > 1 ? "s" : "", numbers,
                                  start.attempt > 1 ? fmt::format(", attempt {}", start.attempt) : ""));
    }
    messenger_.send_to_rank(assign.rank, std::move(start));
}

void Coordinator::act(const scheduler::CommitResult& commit)
{
    TrialOrders::Result result = orders_.take_result(commit.trial);
    writer_->commit(commit.trial, commit.attempt, result.file, std::move(result.written));
}

void Coordinator::act(const scheduler::Acknowledge& acknowledge)
{
    messenger_.send_to_rank(acknowledge.rank, Acknowledged{acknowledge.trial, acknowledge.attempt});
}

void Coordinator::act(const scheduler::WatchEnding& watch)
{
    messenger_.send_to_rank(
        watch.rank, WatchAttempt{watch.trial, watch.attempt,
                                 store::attempt_folder_in(context_.store_folder, watch.trial, watch.attempt).string()});
}

void Coordinator::act(const scheduler::DrainTrials& drain)
{
    messenger_.send_to_rank(drain.rank, Drain{});
}

void Coordinator::act(const scheduler::TrialSetBack& back)
{
    const SweepState::Trial& trial = state_.at(back.trial);
    progress_.say(fmt::format("{} failed ({}): {}; {}; log: {}", trial.label, to_string(back.failure.kind),
                              back.failure.message, back.again ? "it is tried again" : "given up", trial.log));
    state_.failed(back.trial, back.failure, back.again);
}

void Coordinator::act(const scheduler::DeviceDisabled& disabled)
{
    state_.device_disabled(disabled.node, disabled.device);
    progress_.say(fmt::format("{}: device {} is disabled for the rest of this run: {}", disabled.node, disabled.device,
                              disabled.reason));
}

void Coordinator::act(const scheduler::Finished& finished)
{
    finished_ = finished;
    end(failure_code_ != exit_done ? failure_code_ : sweep_exit_code(finished, state_.failed()));
}

}  // namespace attnsweep::runner
