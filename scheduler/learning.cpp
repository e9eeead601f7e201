// What trials teach about those to come: their failures and their peaks of memory.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "scheduler/failure_policy.h"
#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

namespace {

void raise(std::int64_t& value, std::int64_t to)
{
    value = std::max(value, to);
}

}  // namespace

void Scheduler::failed(TrialState& trial, const configs::Failure& failure, Places::Device device)
{
    ++trial.failures[failure.kind];
    const bool again = tried_again(trial.failures, failure.kind);
    trial.after_commit = again ? Phase::waiting : Phase::failed;
    trial.alone = trial.alone || failure.kind == "out_of_memory";
    actions_.emplace_back(TrialSetBack{trial.id, trial.attempt, failure, again});
    if (failure.kind != "device") {
        ++trial.failures_here;
        return;
    }
    if (places_.is_set_aside(device)) {
        return;
    }
    const Slot slot = places_.slot({device, 0, {}, false});
    places_.set_aside(device);
    device_fault_ = failure.message;
    actions_.emplace_back(DeviceDisabled{slot.node, slot.device, failure.message});
}

void Scheduler::learn_from_want_of_memory(const TrialState& trial, Places::Device device)
{
    // So many together were one too many, whatever was thought of their peaks.
    const Places::Sharing sharing = places_.sharing(device);
    if (sharing.trials < 2) {
        return;
    }
    Memory more = need_of(trial);
    if (sharing.memory.device_bytes > 0) {
        raise(more.device_bytes, sharing.memory.device_bytes / (sharing.trials - 1));
    } else {
        raise(more.host_bytes, sharing.memory.host_bytes / (sharing.trials - 1));
    }
    configurations_[static_cast<std::size_t>(trial.configuration)].measured = more;
}

void Scheduler::watch_for_alike_failures(const TrialState& trial, const TrialEnded& ended)
{
    if (unlike_seen_ || settings_.alike_failures_to_stop <= 0) {
        return;
    }
    if (failed_alike_.empty()) {
        first_failure_ = ended.failure;
    }
    if (ended.ending != Ending::failed || ended.failure.kind != first_failure_.kind ||
        ended.failure.message != first_failure_.message) {
        unlike_seen_ = true;
        return;
    }
    failed_alike_.insert(trial.id);
    if (static_cast<int>(failed_alike_.size()) < settings_.alike_failures_to_stop) {
        return;
    }
    unlike_seen_ = true;
    ending_ = SweepEnding::same_failure;
    reason_ = fmt::format("the first {} trials all failed alike: {}", failed_alike_.size(), first_failure_.message);
    drain();
}

void Scheduler::learn_peak(TrialState& trial, const Memory& peak)
{
    if (peak == Memory{}) {
        return;
    }
    Memory& measured = configurations_[static_cast<std::size_t>(trial.configuration)].measured;
    raise(measured.device_bytes, peak.device_bytes);
    raise(measured.host_bytes, peak.host_bytes);
    places_.change_need(trial.place, need_of(trial));
}

Memory Scheduler::need_of(const TrialState& trial) const
{
    const Configuration& configuration = configurations_[static_cast<std::size_t>(trial.configuration)];
    const Memory &measured = configuration.measured, &estimated = configuration.estimated;
    return {measured.device_bytes > 0 ? measured.device_bytes : estimated.device_bytes,
            measured.host_bytes > 0 ? measured.host_bytes : estimated.host_bytes};
}

}  // namespace attnsweep::scheduler
