#include "scheduler/scheduler.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "scheduler/error.h"

namespace attnsweep::scheduler {

bool Scheduler::QueueKey::operator<(const QueueKey& other) const
{
    // Fresh trials first: what fails always is then seen in five different trials before any is tried again.
    return std::tie(failures_here, other.expected, index) < std::tie(other.failures_here, expected, other.index);
}

Scheduler::Scheduler(std::vector<PlannedTrial> trials, SchedulerSettings settings)
    : settings_(settings), startup_s_(settings.startup_s)
{
    trials_.reserve(trials.size());
    index_.reserve(trials.size());
    for (PlannedTrial& planned : trials) {
        const std::size_t number = trials_.size();
        if (!index_.emplace(planned.id, number).second) {
            throw Error("trial " + planned.id + " stands twice in the plan");
        }
        const auto [configuration, is_new] =
            configuration_.try_emplace(planned.configuration.empty() ? "trial " + planned.id : planned.configuration,
                                       static_cast<int>(configurations_.size()));
        if (is_new) {
            configurations_.push_back({planned.memory, {}, planned.first_checkpoint_s, {}});
        }
        configurations_[static_cast<std::size_t>(configuration->second)].trials.push_back(number);
        least_first_checkpoint_s_ = std::min(least_first_checkpoint_s_, planned.first_checkpoint_s);
        TrialState& trial = trials_.emplace_back();
        trial.id = std::move(planned.id);
        trial.planned = trial.expected = planned.expected;
        trial.attempt = planned.attempts;
        trial.configuration = configuration->second;
        trial.failures = std::move(planned.failures);
        trial.alone = trial.failures.contains("out_of_memory");
        enqueue(trial);
    }
}

std::vector<Action> Scheduler::handle(const Event& event)
{
    if (finished_) {
        return {};
    }
    std::visit([&](const auto& what) { on(what, event.time_s); }, event.what);
    look_at_the_clock(event.time_s);
    fill_slots(event.time_s);
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
                     : std::min(places_.next_opening_s(), settings_.ends_at_s - settings_.drain_s);
}

void Scheduler::on(const Tick&, double) {}

void Scheduler::on(const RankJoined& joined, double)
{
    if (!ranks_.emplace(joined.rank, RankState{joined.node, {}}).second) {
        return;
    }
    nodes_[joined.node].insert(joined.rank);
    if (places_.knows(joined.node)) {
        places_.set_alive(joined.node, true);
    } else {
        places_.add_node(joined);
    }
}

void Scheduler::on(const RankLost& lost, double now_s)
{
    const auto rank = ranks_.find(lost.rank);
    if (rank == ranks_.end()) {
        return;
    }
    std::set<int>& living = nodes_.at(rank->second.node);
    living.erase(lost.rank);
    if (living.empty()) {
        places_.set_alive(rank->second.node, false);
    }
    const std::set<std::size_t> running = rank->second.running;
    const double until_s = now_s + settings_.lost_rank_grace_s;
    for (const std::size_t index : running) {
        TrialState& trial = trials_[index];
        release(trial, until_s);
        if (!living.empty() && until_s > now_s && !draining_) {
            closed_[{index, trial.attempt}] = {trial.place, until_s};
            actions_.emplace_back(WatchEnding{*living.begin(), trial.id, trial.attempt});
        }
        enqueue(trial);
    }
    // Whatever became of their results: the next attempt finds the file, or makes it anew.
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
    ranks_.erase(rank);
}

void Scheduler::on(const AttemptExited& gone, double now_s)
{
    const auto trial = index_.find(gone.trial);
    if (trial == index_.end()) {
        return;
    }
    const auto closed = closed_.find({trial->second, gone.attempt});
    if (closed == closed_.end()) {
        return;
    }
    // Later the place is open anyway, and may have been closed for another.
    if (now_s < closed->second.until_s) {
        places_.open_early(closed->second.place);
    }
    closed_.erase(closed);
}

void Scheduler::on(const TrialStarted&, double) {}

void Scheduler::on(const TrialProgress& progress, double now_s)
{
    TrialState* trial = attempt_in(Phase::running, progress.trial, progress.attempt);
    if (!trial) {
        return;
    }
    if (!std::exchange(trial->heard, true)) {
        startup_s_ = std::max(startup_s_, now_s - trial->assigned_s);
    }
    learn_peak(*trial, progress.peak);
}

void Scheduler::on(const SlotReleased& freed, double)
{
    TrialState* trial = attempt_in(Phase::running, freed.trial, freed.attempt);
    // While all may be failing alike no more begin than would, were each end waited for.
    if (!trial || (!unlike_seen_ && settings_.alike_failures_to_stop > 0)) {
        return;
    }
    const int rank = trial->rank;
    release(*trial, 0);
    trial->phase = Phase::ending;
    trial->rank = rank;
    ending_trials_.insert(index_.at(trial->id));
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
    const Places::Device device = trial->place.device;
    if (holds_its_place) {
        if (ended.ending == Ending::failed && ended.failure.kind == "out_of_memory") {
            learn_from_want_of_memory(*trial, device);
        }
        release(*trial, 0);
    } else {
        ending_trials_.erase(index_.at(trial->id));
    }
    if (ended.ending == Ending::drained) {
        enqueue(*trial);
        return;
    }
    trial->phase = Phase::committing;
    trial->rank = rank;
    trial->after_commit = Phase::done;
    committing_.insert(index_.at(trial->id));
    if (ended.ending == Ending::failed) {
        failed(*trial, ended.failure, device);
    }
    actions_.emplace_back(CommitResult{trial->id, trial->attempt});
    watch_for_alike_failures(*trial, ended);
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
    const auto found = configuration_.find(changed.configuration);
    if (found == configuration_.end()) {
        return;
    }
    Configuration& configuration = configurations_[static_cast<std::size_t>(found->second)];
    configuration.first_checkpoint_s = changed.first_checkpoint_s;
    least_first_checkpoint_s_ = std::min(least_first_checkpoint_s_, changed.first_checkpoint_s);
    for (const std::size_t index : configuration.trials) {
        TrialState& trial = trials_[index];
        if (trial.phase == Phase::waiting) {
            queue_.erase(key_of(trial));
        }
        trial.expected = trial.planned * changed.factor;
        if (trial.phase == Phase::waiting) {
            queue_.insert(key_of(trial));
        }
    }
}

void Scheduler::on(const DrainRequested& request, double)
{
    if (reason_.empty()) {
        reason_ = request.reason;
    }
    drain();
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

Scheduler::QueueKey Scheduler::key_of(const TrialState& trial) const
{
    return {trial.failures_here, trial.expected, static_cast<std::size_t>(&trial - trials_.data())};
}

void Scheduler::enqueue(TrialState& trial)
{
    trial.phase = Phase::waiting;
    trial.rank = -1;
    queue_.insert(key_of(trial));
}

void Scheduler::release(TrialState& trial, double closed_until_s)
{
    --running_;
    ranks_.at(trial.rank).running.erase(index_.at(trial.id));
    places_.give_back(trial.place, closed_until_s);
    trial.rank = -1;
}

void Scheduler::drain()
{
    if (std::exchange(draining_, true)) {
        return;
    }
    for (const auto& [rank, state] : ranks_) {
        if (!state.running.empty()) {
            actions_.emplace_back(DrainTrials{rank});
        }
    }
}

void Scheduler::look_at_the_clock(double now_s)
{
    if (draining_) {
        return;
    }
    const bool near = now_s >= settings_.ends_at_s - settings_.drain_s;
    if (!near && (!nothing_under_way() || !nothing_in_time(now_s))) {
        return;
    }
    if (reason_.empty()) {
        reason_ = near ? "the time limit is near" : "the time limit is too near for what is left to reach a checkpoint";
    }
    drain();
}

void Scheduler::end_without_devices()
{
    if (draining_ || queue_.empty() || !nothing_under_way() || ranks_.empty() || places_.any_usable() ||
        !places_.any_set_aside()) {
        return;
    }
    ending_ = SweepEnding::no_device;
    reason_ = fmt::format("no device is left, each was set aside after it failed; the last one: {}", device_fault_);
    drain();
}

void Scheduler::finish_if_over()
{
    if (!nothing_under_way() || (!queue_.empty() && !draining_)) {
        return;
    }
    finished_ = true;
    for (const auto& [rank, state] : ranks_) {
        actions_.emplace_back(StopRank{rank});
    }
    Finished end{SweepEnding::all_done, done_, failed_, waiting(), reason_};
    if (ending_) {
        end.ending = *ending_;
    } else if (end.left > 0) {
        end.ending = SweepEnding::drained;
    } else if (failed_ > 0) {
        end.ending = SweepEnding::some_failed;
    }
    actions_.emplace_back(std::move(end));
}

}  // namespace attnsweep::scheduler
