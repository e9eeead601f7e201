#include "scheduler/scheduler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "configs/failure_policy.h"
#include "scheduler/error.h"

namespace attnsweep::scheduler {

Scheduler::Scheduler(std::vector<PlannedTrial> trials, const SchedulerSettings& settings)
    : settings_(settings), deadline_(settings.ends_at_s, settings.drain_s, settings.startup_s),
      identical_failures_(settings.alike_failures_to_stop)
{
    trials_.reserve(trials.size());
    index_.reserve(trials.size());
    for (PlannedTrial& planned : trials) {
        const std::size_t number = trials_.size();
        if (!index_.emplace(planned.id, number).second) {
            throw Error("trial " + planned.id + " is in the plan twice");
        }
        const auto [configuration, is_new] = configurations_.try_emplace(
            planned.configuration.empty() ? "trial " + planned.id : planned.configuration, configurations_.size());
        if (is_new) {
            memory_.add(planned.memory);
            deadline_.add(planned.first_checkpoint_s);
            trials_of_.emplace_back();
        }
        trials_of_[configuration->second].push_back(number);
        TrialState& trial = trials_.emplace_back();
        trial.id = std::move(planned.id);
        trial.planned = planned.expected;
        trial.attempt = planned.attempts;
        trial.configuration = configuration->second;
        trial.failures = std::move(planned.failures);
        trial.most_devices = planned.most_devices;
        queue_.add(planned.expected, planned.is_begun);
    }
}

std::vector<Action> Scheduler::handle(const Event& event)
{
    if (finished_) {
        return {};
    }
    std::visit([&](const auto& what) { on(what, event.time_s); }, event.what);
    look_at_the_clock(event.time_s);
    fill_slots(event.time_s, std::holds_alternative<TrialProgress>(event.what));
    end_without_devices();
    finish_if_over();
    return std::exchange(actions_, {});
}

double Scheduler::next_tick_s() const
{
    if (finished_) {
        return std::numeric_limits<double>::infinity();
    }
    return draining_ ? places_.next_opening_s()
                     : std::min({places_.next_opening_s(), deadline_.drains_at_s(), keeps_until_s_});
}

void Scheduler::on(const Tick&, double) {}

void Scheduler::on(const RankJoined& joined, double)
{
    others_follow_ = joined.others_follow;
    if (!ranks_.join(joined.rank, joined.node)) {
        return;
    }
    if (places_.knows(joined.node)) {
        places_.set_alive(joined.node, true);
    } else {
        places_.add_node(joined);
    }
}

void Scheduler::on(const RankLost& lost, double now_s)
{
    const std::optional<LiveRanks::Lost> gone = ranks_.lose(lost.rank);
    if (!gone) {
        return;
    }
    if (!gone->neighbour) {
        places_.set_alive(gone->node, false);
    }
    const double until_s = now_s + settings_.lost_rank_grace_s;
    for (const std::size_t index : gone->running) {
        TrialState& trial = trials_[index];
        release(trial, until_s);
        if (deadline_.has_checkpoint_after(trial.configuration, now_s - trial.assigned_s)) {
            queue_.begin_trial(index);
        }
        if (gone->neighbour && until_s > now_s && !draining_) {
            actions_.emplace_back(WatchEnding{*gone->neighbour, trial.id, trial.attempt});
        }
        enqueue(trial);
    }
    // Whatever happened to their results: the next attempt finds the file, or trains again.
    std::erase_if(ending_trials_, [&](std::size_t index) {
        const bool was_there = trials_[index].rank == lost.rank;
        if (was_there) {
            enqueue(trials_[index]);
        }
        return was_there;
    });
    for (const std::size_t index : committing_) {
        if (trials_[index].rank == lost.rank) {
            trials_[index].rank = -1;
        }
    }
}

void Scheduler::on(const AttemptExited& gone, double)
{
    if (const auto trial = index_.find(gone.trial); trial != index_.end()) {
        places_.open_early({trial->second, gone.attempt});
    }
}

void Scheduler::on(const TrialProgress& progress, double now_s)
{
    TrialState* trial = attempt_in(Phase::running, progress.trial, progress.attempt);
    if (!trial) {
        return;
    }
    if (!std::exchange(trial->heard, true)) {
        deadline_.started_after(now_s - trial->assigned_s);
    }
    if (progress.peak != Memory{}) {
        const auto devices = static_cast<int>(trial->places.size());
        memory_.measure(trial->configuration, progress.peak, devices);
        places_.change_need(trial->places, memory_.need(trial->configuration, devices));
    }
}

void Scheduler::on(const SlotReleased& freed, double)
{
    TrialState* trial = attempt_in(Phase::running, freed.trial, freed.attempt);
    // While all may be failing with the same failure, no more start than would if each end were awaited.
    if (!trial || identical_failures_.is_watching()) {
        return;
    }
    const int rank = trial->rank;
    release(*trial);
    trial->phase = Phase::ending;
    trial->rank = rank;
    ending_trials_.insert(number_of(*trial));
}

void Scheduler::on(const TrialEnded& ended, double)
{
    TrialState* trial = attempt_in(Phase::running, ended.trial, ended.attempt);
    const bool holds_its_place = trial != nullptr;
    if (!holds_its_place) {
        trial = attempt_in(Phase::ending, ended.trial, ended.attempt);
    }
    if (!trial) {
        return;
    }
    const int rank = trial->rank;
    if (holds_its_place) {
        if (ended.ending == Ending::failed && ended.failure.kind == configs::FailureKind::out_of_memory) {
            const Places::Sharing sharing = places_.sharing(trial->places);
            memory_.ran_out(trial->configuration, sharing.places, sharing.memory,
                            static_cast<int>(trial->places.size()));
        }
        release(*trial);
    } else {
        ending_trials_.erase(number_of(*trial));
    }
    if (ended.ending == Ending::drained) {
        enqueue(*trial);
        return;
    }
    trial->phase = Phase::committing;
    trial->rank = rank;
    trial->after_commit = Phase::done;
    committing_.insert(number_of(*trial));
    if (ended.ending == Ending::failed) {
        failed(*trial, ended.failure);
    }
    actions_.emplace_back(CommitResult{trial->id, trial->attempt});
    if (const auto alike = identical_failures_.record(ended)) {
        stop(SweepEnding::same_failure, *alike);
    }
}

void Scheduler::on(const Committed& committed, double)
{
    const auto found = index_.find(committed.trial);
    if (found == index_.end()) {
        return;
    }
    TrialState& trial = trials_[found->second];
    if (trial.phase != Phase::committing || trial.attempt != committed.attempt) {
        return;
    }
    committing_.erase(found->second);
    if (trial.rank >= 0) {
        actions_.emplace_back(Acknowledge{trial.rank, trial.id, trial.attempt});
    }
    trial.rank = -1;
    trial.phase = trial.after_commit;
    if (trial.phase == Phase::waiting) {
        enqueue(trial);
    } else {
        ++(trial.phase == Phase::done ? done_ : failed_);
    }
}

void Scheduler::on(const ExpectationChanged& changed, double)
{
    const auto found = configurations_.find(changed.configuration);
    if (found == configurations_.end()) {
        return;
    }
    deadline_.change(found->second, changed.first_checkpoint_s);
    for (const std::size_t index : trials_of_[found->second]) {
        queue_.change_expected(index, trials_[index].planned * changed.factor);
    }
}

void Scheduler::on(const DrainRequested& request, double)
{
    drain(request.reason);
}

Scheduler::TrialState* Scheduler::attempt_in(Phase phase, const std::string& trial, int attempt)
{
    const auto found = index_.find(trial);
    if (found == index_.end()) {
        return nullptr;
    }
    TrialState& state = trials_[found->second];
    return state.phase == phase && state.attempt == attempt ? &state : nullptr;
}

void Scheduler::enqueue(TrialState& trial)
{
    trial.phase = Phase::waiting;
    trial.rank = -1;
    queue_.enqueue(number_of(trial));
}

void Scheduler::release(TrialState& trial, double closed_until_s)
{
    running_.erase(number_of(trial));
    ranks_.end(trial.rank, number_of(trial));
    trial.rank = -1;
    if (closed_until_s > 0) {
        places_.close(trial.places, {number_of(trial), trial.attempt}, closed_until_s);
    } else {
        places_.give_back(trial.places);
    }
}

void Scheduler::failed(TrialState& trial, const configs::Failure& failure)
{
    ++trial.failures[failure.kind];
    const bool again = tried_again(trial.failures, failure.kind);
    trial.after_commit = again ? Phase::waiting : Phase::failed;
    actions_.emplace_back(TrialSetBack{trial.id, trial.attempt, failure, again});
    if (failure.kind != configs::FailureKind::device) {
        queue_.count_failure(number_of(trial));
        return;
    }
    const bool is_known = failure.slot >= 0 && static_cast<std::size_t>(failure.slot) < trial.places.size();
    for (std::size_t i = 0; i < trial.places.size(); ++i) {
        const Places::Place& place = trial.places[i];
        if ((!is_known || i == static_cast<std::size_t>(failure.slot)) && !places_.is_disabled(place.device)) {
            const Slot slot = places_.slot(place);
            places_.disable(place.device);
            device_fault_ = failure.message;
            actions_.emplace_back(DeviceDisabled{slot.node, slot.device, failure.message});
        }
    }
}

void Scheduler::stop(SweepEnding ending, const std::string& reason)
{
    ending_ = ending;
    reason_ = reason;
    drain(reason);
}

void Scheduler::drain(const std::string& reason)
{
    if (reason_.empty()) {
        reason_ = reason;
    }
    if (std::exchange(draining_, true)) {
        return;
    }
    for (const int rank : ranks_.busy()) {
        actions_.emplace_back(DrainTrials{rank});
    }
}

void Scheduler::look_at_the_clock(double now_s)
{
    if (draining_) {
        return;
    }
    const bool near = deadline_.has_come(now_s);
    if (!near && (!nothing_under_way() || !nothing_in_time(now_s))) {
        return;
    }
    drain(near ? "the time limit is near" : "the time limit is too near for what is left to reach a checkpoint");
}

bool Scheduler::nothing_in_time(double now_s) const
{
    return deadline_.exists() && !queue_.empty() &&
           std::none_of(queue_.begin(), queue_.end(), [&](const TrialQueue::Entry& entry) {
               return deadline_.permits(trials_[entry.trial].configuration, now_s);
           });
}

void Scheduler::finish_if_over()
{
    if (!nothing_under_way() || (!queue_.empty() && !draining_)) {
        return;
    }
    finished_ = true;
    Finished end{SweepEnding::all_done, done_, failed_, waiting(), reason_};
    end.ending = ending_        ? *ending_
                 : end.left > 0 ? SweepEnding::drained
                 : failed_ > 0  ? SweepEnding::some_failed
                                : SweepEnding::all_done;
    actions_.emplace_back(std::move(end));
}

}  // namespace attnsweep::scheduler
