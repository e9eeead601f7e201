#include "scheduler/scheduler.h"

#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "scheduler/error.h"
#include "scheduler/failure_policy.h"

namespace attnsweep::scheduler {

bool Scheduler::QueueKey::operator<(const QueueKey& other) const
{
    // Fresh trials first: what fails always is then seen in five different trials before any is tried again.
    return std::tie(failures_here, other.expected, index) < std::tie(other.failures_here, expected, other.index);
}

Scheduler::Scheduler(std::vector<PlannedTrial> trials, SchedulerSettings settings) : settings_(settings)
{
    trials_.reserve(trials.size());
    for (PlannedTrial& planned : trials) {
        if (!index_.emplace(planned.id, trials_.size()).second)
            throw Error("trial " + planned.id + " stands twice in the plan");
        TrialState& trial = trials_.emplace_back();
        trial.id = std::move(planned.id);
        trial.expected = planned.expected;
        trial.attempt = planned.attempts;
        trial.failures = std::move(planned.failures);
        enqueue(trial);
    }
}

std::vector<Action> Scheduler::handle(const Event& event)
{
    if (finished_)
        return {};
    std::visit([&](const auto& what) { on(what, event.time_s); }, event.what);
    fill_slots(event.time_s);
    finish_if_over();
    return std::exchange(actions_, {});
}

double Scheduler::next_tick_s() const
{
    return finished_ || closed_.empty() ? std::numeric_limits<double>::infinity() : closed_.begin()->first;
}

void Scheduler::on(const Tick&, double) {}

void Scheduler::on(const RankJoined& joined, double)
{
    if (!ranks_.emplace(joined.rank, RankState{joined.node, 0}).second)
        return;
    const auto [node, is_new] = nodes_.try_emplace(joined.node);
    node->second.insert(joined.rank);
    if (is_new)
        for (int device = 0; device < joined.slots; ++device)
            free_.insert({joined.node, device});
}

void Scheduler::on(const RankLost& lost, double now_s)
{
    const auto rank = ranks_.find(lost.rank);
    if (rank == ranks_.end())
        return;
    nodes_[rank->second.node].erase(lost.rank);
    const std::set<std::size_t> running = running_;
    for (const std::size_t index : running) {
        TrialState& trial = trials_[index];
        if (trial.rank != lost.rank)
            continue;
        release(trial, now_s + settings_.lost_rank_grace_s);
        enqueue(trial);
    }
    for (const std::size_t index : committing_)
        if (trials_[index].rank == lost.rank)
            trials_[index].rank = -1;
    ranks_.erase(rank);
}

void Scheduler::on(const TrialStarted&, double) {}

void Scheduler::on(const TrialProgress&, double) {}

void Scheduler::on(const TrialEnded& ended, double)
{
    TrialState* trial = running_attempt(ended.trial, ended.attempt);
    if (!trial)
        return;
    const int rank = trial->rank;
    release(*trial, 0);
    if (ended.ending == Ending::drained) {
        enqueue(*trial);
        return;
    }
    trial->phase = Phase::committing;
    trial->rank = rank;
    trial->after_commit = Phase::done;
    committing_.insert(index_.at(trial->id));
    if (ended.ending == Ending::failed) {
        const int failures = ++trial->failures[ended.failure.kind];
        ++trial->failures_here;
        const bool again = failures < policy_of(ended.failure.kind).attempts;
        trial->after_commit = again ? Phase::waiting : Phase::failed;
        actions_.emplace_back(TrialSetBack{trial->id, trial->attempt, ended.failure, again});
    }
    actions_.emplace_back(CommitResult{trial->id, trial->attempt});
    watch_for_alike_failures(*trial, ended);
}

void Scheduler::on(const Committed& committed, double)
{
    const auto found = index_.find(committed.trial);
    if (found == index_.end())
        return;
    TrialState& trial = trials_[found->second];
    if (trial.phase != Phase::committing || trial.attempt != committed.attempt)
        return;
    committing_.erase(found->second);
    if (trial.rank >= 0)
        actions_.emplace_back(Acknowledge{trial.rank, trial.id, trial.attempt});
    trial.rank = -1;
    trial.phase = trial.after_commit;
    if (trial.phase == Phase::waiting)
        enqueue(trial);
    else
        ++(trial.phase == Phase::done ? done_ : failed_);
}

void Scheduler::on(const DrainRequested& request, double)
{
    if (reason_.empty())
        reason_ = request.reason;
    drain();
}

Scheduler::TrialState* Scheduler::running_attempt(const std::string& trial, int attempt)
{
    const auto found = index_.find(trial);
    if (found == index_.end())
        return nullptr;
    TrialState& state = trials_[found->second];
    return state.phase == Phase::running && state.attempt == attempt ? &state : nullptr;
}

void Scheduler::enqueue(TrialState& trial)
{
    trial.phase = Phase::waiting;
    trial.rank = -1;
    queue_.insert({trial.failures_here, trial.expected, static_cast<std::size_t>(&trial - trials_.data())});
}

void Scheduler::release(TrialState& trial, double closed_until_s)
{
    running_.erase(index_.at(trial.id));
    --ranks_.at(trial.rank).running;
    for (Slot& slot : trial.slots) {
        if (closed_until_s > 0)
            closed_.emplace(closed_until_s, std::move(slot));
        else
            free_.insert(std::move(slot));
    }
    trial.slots.clear();
    trial.rank = -1;
}

void Scheduler::watch_for_alike_failures(const TrialState& trial, const TrialEnded& ended)
{
    if (unlike_seen_ || settings_.alike_failures_to_stop <= 0)
        return;
    if (failed_alike_.empty())
        first_failure_ = ended.failure;
    if (ended.ending != Ending::failed || ended.failure.kind != first_failure_.kind ||
        ended.failure.message != first_failure_.message) {
        unlike_seen_ = true;
        return;
    }
    failed_alike_.insert(trial.id);
    if (static_cast<int>(failed_alike_.size()) < settings_.alike_failures_to_stop)
        return;
    stopped_alike_ = unlike_seen_ = true;
    reason_ = fmt::format("the first {} trials all failed alike: {}", failed_alike_.size(), first_failure_.message);
    drain();
}

void Scheduler::drain()
{
    if (std::exchange(draining_, true))
        return;
    for (const auto& [rank, state] : ranks_)
        if (state.running > 0)
            actions_.emplace_back(DrainTrials{rank});
}

void Scheduler::fill_slots(double now_s)
{
    while (!closed_.empty() && closed_.begin()->first <= now_s) {
        free_.insert(std::move(closed_.begin()->second));
        closed_.erase(closed_.begin());
    }
    if (draining_)
        return;
    for (auto slot = free_.begin(); slot != free_.end() && !queue_.empty();) {
        const int rank = idlest_rank(slot->node);
        if (rank < 0) {
            slot = free_.lower_bound({slot->node, std::numeric_limits<int>::max()});
            continue;
        }
        const std::size_t index = queue_.begin()->index;
        queue_.erase(queue_.begin());
        TrialState& trial = trials_[index];
        trial.phase = Phase::running;
        ++trial.attempt;
        trial.rank = rank;
        trial.slots = {*slot};
        ++ranks_.at(rank).running;
        running_.insert(index);
        slot = free_.erase(slot);
        actions_.emplace_back(Assign{rank, {trial.attempt, {trial.id}, trial.slots}});
    }
}

int Scheduler::idlest_rank(const std::string& node) const
{
    int idlest = -1;
    int least = std::numeric_limits<int>::max();
    for (const int rank : nodes_.at(node)) {
        const int running = ranks_.at(rank).running;
        if (running < least) {
            least = running;
            idlest = rank;
        }
    }
    return idlest;
}

void Scheduler::finish_if_over()
{
    if (!running_.empty() || !committing_.empty() || (!queue_.empty() && !draining_))
        return;
    finished_ = true;
    for (const auto& [rank, state] : ranks_)
        actions_.emplace_back(StopRank{rank});
    Finished end{SweepEnding::all_done, done_, failed_, waiting(), reason_};
    if (stopped_alike_)
        end.ending = SweepEnding::same_failure;
    else if (end.left > 0)
        end.ending = SweepEnding::drained;
    else if (failed_ > 0)
        end.ending = SweepEnding::some_failed;
    actions_.emplace_back(std::move(end));
}

}  // namespace attnsweep::scheduler
