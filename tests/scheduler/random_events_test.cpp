#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "recorder.h"
#include "scheduler/failure_policy.h"

namespace attnsweep::scheduler {
namespace {

/// A cluster that does what it likes: ranks join and die, trials end in every way, events come late and twice. Holds what
/// the scheduler says against what must always be true.
class Cluster {
public:
    explicit Cluster(unsigned seed) : random_(seed), trials_(1 + pick(30)), scheduler_(plan(), {.lost_rank_grace_s = 3})
    {
        may_drain_ = pick(4) == 0;
    }

    void live()
    {
        for (int step = 0; step < 20000 && !finished_; ++step) {
            now_s_ += 0.1 * pick(10);
            act(step);
            if (testing::Test::HasFailure())
                return;
        }
        ASSERT_TRUE(finished_) << "the sweep never ended";
        EXPECT_TRUE(running_.empty());
        EXPECT_TRUE(to_commit_.empty());
        EXPECT_EQ(static_cast<int>(ended_.size()) + left_, trials_) << "each trial ends once or is left over";
        EXPECT_TRUE(drained_ || left_ == 0);
        tell(Tick{});
        tell(RankJoined{77, "late", 3});
    }

private:
    struct Running {
        int attempt, rank;
        Slot slot;
    };

    int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    std::vector<PlannedTrial> plan()
    {
        std::vector<PlannedTrial> plan;
        for (int i = 0; i < trials_; ++i)
            plan.push_back(planned("t" + std::to_string(i), pick(5), pick(3)));
        for (const PlannedTrial& trial : plan)
            last_attempt_[trial.id] = trial.attempts;
        return plan;
    }

    void act(int step)
    {
        const int what = pick(20);
        if (ranks_.empty() || (what == 0 && ranks_.size() < 8)) {
            const int rank = next_rank_++;
            const std::string node = "n" + std::to_string(pick(3));
            const auto [known, is_new] = slots_of_.try_emplace(node, 1 + pick(4));
            ranks_[rank] = node;
            tell(RankJoined{rank, node, known->second});
        } else if (what == 1 && step < 5000) {
            const int rank = std::next(ranks_.begin(), pick(static_cast<int>(ranks_.size())))->first;
            lose(rank);
        } else if (what == 2) {
            const std::string trial = "t" + std::to_string(pick(trials_ + 1));
            const int attempt = last_attempt_[trial] - 1 - pick(2);
            if (pick(2))
                tell(TrialEnded{trial, attempt, Ending::done, {}});
            else
                tell(Committed{trial, attempt});
        } else if (what == 3 && may_drain_ && pick(30) == 0) {
            drained_ = true;
            tell(DrainRequested{"by chance"});
        } else if (what < 12 && !running_.empty()) {
            end(std::next(running_.begin(), pick(static_cast<int>(running_.size()))));
        } else if (!to_commit_.empty()) {
            const auto commit = std::next(to_commit_.begin(), pick(static_cast<int>(to_commit_.size())));
            const auto [trial, attempt] = *commit;
            to_commit_.erase(commit);
            tell(Committed{trial, attempt});
        } else {
            tell(Tick{});
        }
    }

    void lose(int rank)
    {
        ranks_.erase(rank);
        for (auto trial = running_.begin(); trial != running_.end();) {
            if (trial->second.rank != rank) {
                ++trial;
                continue;
            }
            closed_until_s_[trial->second.slot] = now_s_ + 3;
            used_.erase(trial->second.slot);
            trial = running_.erase(trial);
        }
        tell(RankLost{rank, "by chance"});
    }

    void end(std::map<std::string, Running>::iterator trial)
    {
        const std::string id = trial->first;
        const int attempt = trial->second.attempt;
        used_.erase(trial->second.slot);
        running_.erase(trial);
        const int how = pick(10);
        if (how == 0) {
            tell(TrialEnded{id, attempt, Ending::drained, {}});
        } else if (how < 4) {
            static const char* kinds[] = {"signal", "nan", "out_of_memory"};
            const char* kind = kinds[pick(3)];
            const bool again = ++failures_[id][kind] < policy_of(kind).attempts;
            expected_again_[{id, attempt}] = again;
            tell(TrialEnded{id, attempt, Ending::failed, {kind, "by chance " + std::to_string(pick(1000)), 0}});
        } else {
            expected_again_[{id, attempt}] = false;
            tell(TrialEnded{id, attempt, Ending::done, {}});
        }
    }

    template <class What> void tell(What what)
    {
        for (const Action& action : scheduler_.handle({now_s_, std::move(what)})) {
            EXPECT_FALSE(finished_) << "after the end: " << describe(action);
            std::visit([this](const auto& a) { check(a); }, action);
        }
    }

    void check(const Assign& assign)
    {
        const std::string& trial = assign.assignment.trials.at(0);
        const Slot& slot = assign.assignment.slots.at(0);
        ASSERT_TRUE(ranks_.contains(assign.rank)) << "a dead rank was given work";
        EXPECT_EQ(ranks_[assign.rank], slot.node) << "a rank was given another node's slot";
        EXPECT_LT(slot.device, slots_of_[slot.node]);
        EXPECT_TRUE(used_.insert(slot).second) << "a slot was used twice";
        EXPECT_GE(now_s_, closed_until_s_[slot]) << "within the grace of a lost rank";
        EXPECT_FALSE(running_.contains(trial)) << "a trial runs twice";
        EXPECT_FALSE(ended_.contains(trial)) << "a trial that had ended runs again";
        EXPECT_FALSE(drained_) << "started while draining";
        EXPECT_GT(assign.assignment.attempt, last_attempt_[trial]);
        for (const auto& commit : to_commit_)
            EXPECT_NE(commit.first, trial) << "started before its last attempt was recorded";
        last_attempt_[trial] = assign.assignment.attempt;
        running_[trial] = {assign.assignment.attempt, assign.rank, slot};
    }
    void check(const CommitResult& commit)
    {
        ASSERT_TRUE(expected_again_.contains({commit.trial, commit.attempt}));
        EXPECT_TRUE(to_commit_.insert({commit.trial, commit.attempt}).second);
        const bool again = expected_again_[{commit.trial, commit.attempt}];
        EXPECT_TRUE(again || ended_.insert(commit.trial).second) << "a trial ended twice";
    }
    void check(const Acknowledge& acknowledge)
    {
        EXPECT_TRUE(ranks_.contains(acknowledge.rank));
        EXPECT_FALSE(to_commit_.contains({acknowledge.trial, acknowledge.attempt})) << "acknowledged before the commit";
    }
    void check(const TrialSetBack& back)
    {
        const bool again = expected_again_[{back.trial, back.attempt}];
        EXPECT_EQ(back.again, again);
    }
    void check(const DrainTrials& drain)
    {
        EXPECT_TRUE(ranks_.contains(drain.rank));
        // Five alike at the start: unlikely with these messages, but it is the scheduler's to say.
        drained_ = true;
    }
    void check(const StopRank& stop) { EXPECT_TRUE(ranks_.contains(stop.rank)); }
    void check(const Finished& finished)
    {
        finished_ = true;
        left_ = finished.left;
    }

    std::mt19937 random_;
    int trials_;
    std::map<std::string, int> last_attempt_;
    Scheduler scheduler_;
    double now_s_ = 0;
    bool may_drain_ = false, drained_ = false, finished_ = false;
    int next_rank_ = 0, left_ = 0;
    std::map<int, std::string> ranks_;
    std::map<std::string, int> slots_of_;
    std::set<Slot> used_;
    std::map<Slot, double> closed_until_s_;
    std::map<std::string, Running> running_;
    std::set<std::pair<std::string, int>> to_commit_;
    std::set<std::string> ended_;
    std::map<std::string, std::map<std::string, int>> failures_;
    std::map<std::pair<std::string, int>, bool> expected_again_;
};

TEST(SchedulerRandom, ThousandsOfSequences)
{
    for (unsigned seed = 1; seed <= 4000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Cluster(seed).live();
        if (HasFailure())
            return;
    }
}

TEST(SchedulerRandom, ThousandSlotsAndManyTrials)
{
    std::vector<PlannedTrial> trials;
    for (int i = 0; i < 20000; ++i)
        trials.push_back(planned("t" + std::to_string(i), i % 97));
    Scheduler scheduler(trials);
    std::vector<Assign> running;
    int committed = 0;
    const auto take = [&](std::vector<Action> actions) {
        for (const Action& action : actions)
            if (const auto* assign = std::get_if<Assign>(&action))
                running.push_back(*assign);
    };
    for (int rank = 0; rank < 250; ++rank)
        take(scheduler.handle({0, RankJoined{rank, "n" + std::to_string(rank), 4}}));
    EXPECT_EQ(running.size(), 1000u);
    std::mt19937 random(7);
    while (!running.empty()) {
        std::swap(running[random() % running.size()], running.back());
        const Assign assign = running.back();
        running.pop_back();
        take(scheduler.handle({0, TrialEnded{assign.assignment.trials[0], 1, Ending::done, {}}}));
        take(scheduler.handle({0, Committed{assign.assignment.trials[0], 1}}));
        ++committed;
    }
    EXPECT_EQ(committed, 20000);
    EXPECT_TRUE(scheduler.finished());
}

}  // namespace
}  // namespace attnsweep::scheduler
