// Rank 0's part while trials run: what the scheduler decides becomes messages, commits and lines.
#include <fmt/format.h>

#include "runner/rank/coordinator.h"

namespace attnsweep::runner {

void Coordinator::act(const scheduler::Assign& assign)
{
    StartAttempt start;
    start.attempt = assign.assignment.attempt;
    start.slots = assign.assignment.slots;
    const scheduler::Slot& slot = start.slots.front();
    const int devices = devices_of_node_[slot.node];
    for (const std::string& id : assign.assignment.trials) {
        TrialView& view = trials_.at(id);
        start.orders.push_back(order_for(view, start.attempt));
        view.attempts.insert(view.attempts.begin(), start.orders.back().attempt_folder);
        view.rank = assign.rank;
        view.attempt = start.attempt;
        live_.assigned(id, start.attempt, assign.rank, assign.assignment.slots.front());
        progress_.log(fmt::format("{} begins on {} slot {}{}", view.trial->label, slot.node,
                                  slot.place * devices + slot.device,
                                  start.attempt > 1 ? fmt::format(", attempt {}", start.attempt) : ""));
    }
    send(assign.rank, std::move(start));
}

TrialOrder Coordinator::order_for(const TrialView& view, int attempt) const
{
    TrialOrder order;
    order.trial = *view.trial;
    order.attempt = attempt;
    order.data_folder = data_folder_;
    order.attempt_folder = attempt_folder(view.trial->id, attempt);
    order.pending_folder = pending_folder_;
    order.earlier_attempts = view.attempts;
    order.device = sweep_.execution.device;
    order.threads = sweep_.execution.threads;
    order.checkpoint_every_s = sweep_.execution.checkpoint_every_s;
    order.keep = sweep_.execution.keep;
    return order;
}

std::filesystem::path Coordinator::attempt_folder(const std::string& trial, int attempt) const
{
    return store::attempt_folder_in(store_folder_, trial, attempt);
}

void Coordinator::act(const scheduler::CommitResult& commit)
{
    TrialView& view = trials_.at(commit.trial);
    writer_->commit(commit.trial, commit.attempt, view.result, std::exchange(view.written, {}));
}

void Coordinator::act(const scheduler::Acknowledge& acknowledge)
{
    send(acknowledge.rank, Acknowledged{acknowledge.trial, acknowledge.attempt});
}

void Coordinator::act(const scheduler::WatchEnding& watch)
{
    send(watch.rank, WatchAttempt{watch.trial, watch.attempt, attempt_folder(watch.trial, watch.attempt).string()});
}

void Coordinator::act(const scheduler::DrainTrials& drain)
{
    send(drain.rank, Drain{});
}

void Coordinator::act(const scheduler::TrialSetBack& back)
{
    const TrialView& view = trials_.at(back.trial);
    progress_.say(fmt::format("{} failed ({}): {}; {}; log: {}", view.trial->label, back.failure.kind,
                              back.failure.message, back.again ? "it is tried again" : "set aside", view.log));
    live_.failed(back.trial, view.trial->label, back.failure, back.again, view.log);
    if (back.again) {
        return;
    }
    expected_done_ += view.expected;
    failures_.push_back({view.trial->label, back.failure.kind, back.failure.message, view.log});
}

void Coordinator::act(const scheduler::DeviceDisabled& aside)
{
    live_.device_disabled(aside.node, aside.device);
    progress_.say(
        fmt::format("{}: device {} is set aside for the rest of this run: {}", aside.node, aside.device, aside.reason));
}

}  // namespace attnsweep::runner
