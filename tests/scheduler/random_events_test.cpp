#include <limits>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

/// A cluster that does what it likes: ranks join and die, devices fail, trials end in every way and take what memory they
/// like, events come late and twice, the machine may be taken away. Holds what the scheduler says against what must always
/// be true.
class Cluster {
public:
    explicit Cluster(unsigned seed) : random_(seed), trials_(1 + pick(30)), scheduler_(plan(), settings())
    {
        may_drain_ = pick(4) == 0;
        devices_fail_ = pick(3) == 0;
    }

    void live()
    {
        for (int step = 0; step < 20000 && !finished_; ++step) {
            now_s_ += 0.1 * pick(10);
            act(step);
            if (testing::Test::HasFailure()) {
                return;
            }
        }
        ASSERT_TRUE(finished_) << "the sweep never ended";
        EXPECT_TRUE(running_.empty());
        EXPECT_TRUE(freed_.empty());
        EXPECT_TRUE(to_commit_.empty());
        EXPECT_EQ(static_cast<int>(ended_.size()) + left_, trials_) << "each trial ends once or is left over";
        EXPECT_TRUE(drained_ || left_ == 0 || may_be_late_ || devices_fail_);
        tell(Tick{});
        tell(RankJoined{77, "late", 3, 0, {}});
    }

private:
    struct Running {
        int attempt, rank;
        Slot slot;
        Memory need;
        bool alone;
    };
    struct Closed {
        double until_s;
        std::string trial;
        Running ran;
    };
    struct NodeSeen {
        int slots, devices;
        Memory memory;
    };
    using Device = std::pair<std::string, int>;

    int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    SchedulerSettings settings()
    {
        SchedulerSettings settings{.lost_rank_grace_s = 3};
        frees_early_ = pick(2) == 0;
        if (frees_early_) {
            settings.alike_failures_to_stop = 0;
        }
        may_be_late_ = pick(4) == 0;
        if (may_be_late_) {
            settings.ends_at_s = limit_s_ = 5 + pick(60);
            settings.drain_s = drain_s_ = pick(10);
        }
        return settings;
    }

    std::vector<PlannedTrial> plan()
    {
        for (int i = 0; i < 4; ++i) {
            const std::string name = "c" + std::to_string(i);
            estimated_[name] = {pick(6), pick(6)};
            first_checkpoint_s_[name] = pick(8);
        }
        std::vector<PlannedTrial> plan;
        for (int i = 0; i < trials_; ++i) {
            PlannedTrial trial = planned("t" + std::to_string(i), pick(5), pick(3));
            trial.configuration = "c" + std::to_string(pick(4));
            trial.memory = estimated_[trial.configuration];
            trial.first_checkpoint_s = first_checkpoint_s_[trial.configuration];
            if (pick(8) == 0) {
                trial.failures["out_of_memory"] = 1;
            }
            last_attempt_[trial.id] = trial.attempts;
            failures_[trial.id] = trial.failures;
            configuration_[trial.id] = trial.configuration;
            plan.push_back(std::move(trial));
        }
        return plan;
    }

    Memory need(const std::string& configuration)
    {
        const Memory &measured = measured_[configuration], &estimated = estimated_[configuration];
        return {measured.device_bytes > 0 ? measured.device_bytes : estimated.device_bytes,
                measured.host_bytes > 0 ? measured.host_bytes : estimated.host_bytes};
    }

    void act(int step)
    {
        const int what = pick(24);
        if (ranks_.empty() || (what == 0 && ranks_.size() < 8)) {
            const int rank = next_rank_++;
            const std::string node = "n" + std::to_string(pick(3));
            const int devices = 1 + pick(3);
            const NodeSeen fresh{devices * (1 + pick(3)), devices, {pick(3) ? 10 : 0, pick(3) ? 20 : 0}};
            const NodeSeen& seen = nodes_.try_emplace(node, fresh).first->second;
            ranks_[rank] = node;
            tell(RankJoined{rank, node, seen.slots, seen.devices, seen.memory});
        } else if (what == 1 && step < 5000) {
            const int rank = std::next(ranks_.begin(), pick(static_cast<int>(ranks_.size())))->first;
            lose(rank);
        } else if (what == 2) {
            const std::string trial = "t" + std::to_string(pick(trials_ + 1));
            const int attempt = last_attempt_[trial] - 1 - pick(2);
            if (pick(2)) {
                tell(TrialEnded{trial, attempt, Ending::done, {}});
            } else {
                tell(Committed{trial, attempt});
            }
        } else if (what == 3 && !watched_.empty() && pick(2)) {
            const auto gone = *std::next(watched_.begin(), pick(static_cast<int>(watched_.size())));
            watched_.erase(gone);
            std::erase_if(closed_, [&](const Closed& closed) {
                return closed.trial == gone.first && closed.ran.attempt == gone.second;
            });
            tell(AttemptExited{gone.first, gone.second});
        } else if (what == 3 && may_drain_ && pick(30) == 0) {
            drained_ = true;
            tell(DrainRequested{"by chance"});
        } else if (what == 4) {
            const std::string configuration = "c" + std::to_string(pick(5));
            first_checkpoint_s_[configuration] = pick(8);
            tell(ExpectationChanged{configuration, 0.5 * pick(5), first_checkpoint_s_[configuration]});
        } else if (what < 8 && !running_.empty()) {
            progress(*std::next(running_.begin(), pick(static_cast<int>(running_.size()))));
        } else if (what < 16 && !running_.empty()) {
            const auto trial = std::next(running_.begin(), pick(static_cast<int>(running_.size())));
            if (frees_early_ && pick(3) == 0) {
                free_place(trial);
            } else {
                end(trial);
            }
        } else if (what < 19 && !freed_.empty()) {
            end_freed(std::next(freed_.begin(), pick(static_cast<int>(freed_.size()))));
        } else if (!to_commit_.empty()) {
            const auto commit = std::next(to_commit_.begin(), pick(static_cast<int>(to_commit_.size())));
            const auto [trial, attempt] = *commit;
            to_commit_.erase(commit);
            tell(Committed{trial, attempt});
        } else {
            tell(Tick{});
        }
    }

    void progress(std::pair<const std::string, Running>& trial)
    {
        const Memory peak{pick(8), pick(8)};
        startup_s_ = std::max(startup_s_, heard_.insert(trial.first).second ? now_s_ - assigned_s_[trial.first] : 0.0);
        if (peak.device_bytes > 0 || peak.host_bytes > 0) {
            Memory& measured = measured_[configuration_[trial.first]];
            measured.device_bytes = std::max(measured.device_bytes, peak.device_bytes);
            measured.host_bytes = std::max(measured.host_bytes, peak.host_bytes);
            trial.second.need = need(configuration_[trial.first]);
        }
        tell(TrialProgress{trial.first, trial.second.attempt, peak});
    }

    void lose(int rank)
    {
        ranks_.erase(rank);
        for (auto trial = running_.begin(); trial != running_.end();) {
            if (trial->second.rank != rank) {
                ++trial;
                continue;
            }
            closed_.push_back({now_s_ + 3, trial->first, trial->second});
            trial = running_.erase(trial);
        }
        std::erase_if(freed_, [&](const auto& trial) { return trial.second.rank == rank; });
        tell(RankLost{rank, "by chance"});
    }

    void end(std::map<std::string, Running>::iterator trial)
    {
        const std::string id = trial->first;
        const Running ran = trial->second;
        running_.erase(trial);
        const int how = pick(10);
        if (how == 0) {
            tell(TrialEnded{id, ran.attempt, Ending::drained, {}});
        } else if (how < 4) {
            static const char* kinds[] = {"signal", "nan", "out_of_memory", "hang", "device"};
            const char* kind = kinds[pick(devices_fail_ ? 5 : 4)];
            auto& failures = failures_[id];
            ++failures[kind];
            // The rule in other words than failure_policy's.
            const int kills = failures["signal"] + failures["hang"] + failures["out_of_memory"];
            const std::map<std::string, int> most = {
                {"signal", 2}, {"nan", 0}, {"out_of_memory", 1}, {"hang", 1}, {"device", 2}};
            const bool killed = kind != std::string("nan") && kind != std::string("device");
            expected_again_[{id, ran.attempt}] = failures[kind] <= most.at(kind) && (!killed || kills < 3);
            if (kind == std::string("device")) {
                broken_.insert({ran.slot.node, ran.slot.device});
            }
            if (kind == std::string("out_of_memory")) {
                guessed_.insert(configuration_[id]);
            }
            tell(TrialEnded{id, ran.attempt, Ending::failed, {kind, "by chance " + std::to_string(pick(1000)), 0}});
        } else {
            expected_again_[{id, ran.attempt}] = false;
            tell(TrialEnded{id, ran.attempt, Ending::done, {}});
        }
    }

    /// Its process has ended well; how, is told later.
    void free_place(std::map<std::string, Running>::iterator trial)
    {
        const auto [id, ran] = *trial;
        running_.erase(trial);
        freed_[id] = ran;
        tell(SlotReleased{id, ran.attempt});
    }

    void end_freed(std::map<std::string, Running>::iterator trial)
    {
        const auto [id, ran] = *trial;
        freed_.erase(trial);
        expected_again_[{id, ran.attempt}] = false;
        if (pick(3) == 0) {
            tell(TrialEnded{id, ran.attempt, Ending::failed, {"nan", "by chance " + std::to_string(pick(1000)), 0}});
        } else {
            tell(TrialEnded{id, ran.attempt, Ending::done, {}});
        }
    }

    template <class What> void tell(What what)
    {
        if (now_s_ >= limit_s_ - drain_s_) {
            drained_ = true;
        }
        std::erase_if(closed_, [&](const Closed& closed) { return closed.until_s <= now_s_; });
        for (const Action& action : scheduler_.handle({now_s_, std::move(what)})) {
            EXPECT_FALSE(finished_) << "after the end: " << describe(action);
            std::visit([this](const auto& a) { check(a); }, action);
        }
    }

    /// What shares the device, or with `device` negative the node, and may still be ending there.
    std::vector<Running> others(const std::string& node, int device) const
    {
        std::vector<Running> found;
        const auto add = [&](const Running& each) {
            if (each.slot.node == node && (device < 0 || each.slot.device == device)) {
                found.push_back(each);
            }
        };
        for (const auto& [id, each] : running_) {
            add(each);
        }
        for (const Closed& closed : closed_) {
            add(closed.ran);
        }
        return found;
    }

    void check_memory(const std::string& trial, const Slot& slot)
    {
        const NodeSeen& node = nodes_.at(slot.node);
        const Memory mine = need(configuration_[trial]);
        std::vector<Running> beside = others(slot.node, slot.device);
        std::int64_t device_bytes = mine.device_bytes, host_bytes = mine.host_bytes;
        const bool of_device = node.memory.device_bytes > 0;
        for (const Running& other : beside) {
            EXPECT_FALSE(other.alone) << "put beside one that wants to be alone";
            EXPECT_NE(other.slot.place, slot.place) << "a slot was used twice";
            device_bytes += other.need.device_bytes;
            if ((of_device || node.memory.host_bytes > 0) && guessed_.empty()) {
                EXPECT_GT(of_device ? other.need.device_bytes : other.need.host_bytes, 0) << "beside an unknown one";
            }
        }
        if (!beside.empty() && of_device) {
            EXPECT_LE(device_bytes, node.memory.device_bytes) << "more than fits on the device";
            if (guessed_.empty()) {
                EXPECT_GT(mine.device_bytes, 0) << "an unknown one was put beside others";
            }
        }
        const std::vector<Running> on_node = others(slot.node, -1);
        for (const Running& other : on_node) {
            host_bytes += other.need.host_bytes;
        }
        if (!on_node.empty() && node.memory.host_bytes > 0) {
            EXPECT_LE(host_bytes, node.memory.host_bytes) << "more than fits on the node";
        }
    }

    void check(const Assign& assign)
    {
        const std::string& trial = assign.assignment.trials.at(0);
        const Slot& slot = assign.assignment.slots.at(0);
        ASSERT_TRUE(ranks_.contains(assign.rank)) << "a dead rank was given work";
        EXPECT_EQ(ranks_[assign.rank], slot.node) << "a rank was given another node's slot";
        EXPECT_LT(slot.place * nodes_[slot.node].devices + slot.device, nodes_[slot.node].slots);
        EXPECT_LT(slot.device, nodes_[slot.node].devices);
        EXPECT_FALSE(broken_.contains({slot.node, slot.device})) << "on a device that was set aside";
        EXPECT_FALSE(running_.contains(trial)) << "a trial runs twice";
        EXPECT_FALSE(freed_.contains(trial)) << "started before it was known how its last attempt ended";
        EXPECT_FALSE(ended_.contains(trial)) << "a trial that had ended runs again";
        EXPECT_FALSE(drained_) << "started while draining";
        EXPECT_GT(assign.assignment.attempt, last_attempt_[trial]);
        EXPECT_LE(now_s_ + startup_s_ + first_checkpoint_s_[configuration_[trial]], limit_s_ - drain_s_)
            << "started though it cannot reach a checkpoint";
        for (const auto& commit : to_commit_) {
            EXPECT_NE(commit.first, trial) << "started before its last attempt was recorded";
        }
        const bool alone = failures_[trial]["out_of_memory"] > 0;
        if (alone) {
            EXPECT_TRUE(others(slot.node, slot.device).empty()) << "not alone after want of memory";
        }
        check_memory(trial, slot);
        last_attempt_[trial] = assign.assignment.attempt;
        assigned_s_[trial] = now_s_;
        heard_.erase(trial);
        running_[trial] = {assign.assignment.attempt, assign.rank, slot, need(configuration_[trial]), alone};
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
    void check(const DeviceDisabled& aside)
    {
        EXPECT_TRUE(broken_.contains({aside.node, aside.device}));
        EXPECT_TRUE(said_broken_.insert({aside.node, aside.device}).second) << "said twice";
    }
    void check(const WatchEnding& watch)
    {
        EXPECT_TRUE(ranks_.contains(watch.rank));
        const auto same = [&](const Closed& closed) {
            return closed.trial == watch.trial && closed.ran.attempt == watch.attempt;
        };
        EXPECT_TRUE(std::any_of(closed_.begin(), closed_.end(), same)) << "nothing of it may still be ending";
        watched_.insert({watch.trial, watch.attempt});
    }
    void check(const DrainTrials& drain)
    {
        EXPECT_TRUE(ranks_.contains(drain.rank));
        // Five alike at the start: unlikely with these messages, but it is the scheduler's to say.
        drained_ = true;
    }
    void check(const Finished& finished)
    {
        finished_ = true;
        left_ = finished.left;
        if (finished.ending != SweepEnding::no_device) {
            return;
        }
        EXPECT_GT(left_, 0);
        for (const auto& [rank, node] : ranks_) {
            for (int device = 0; device < nodes_[node].devices; ++device) {
                EXPECT_TRUE(broken_.contains({node, device})) << "a device was left";
            }
        }
    }

    std::mt19937 random_;
    int trials_;
    std::map<std::string, Memory> estimated_, measured_;
    std::map<std::string, double> first_checkpoint_s_, assigned_s_;
    std::map<std::string, std::string> configuration_;
    std::map<std::string, int> last_attempt_;
    std::map<std::string, std::map<std::string, int>> failures_;
    double limit_s_ = std::numeric_limits<double>::infinity(), drain_s_ = 0, startup_s_ = 0;
    bool may_be_late_ = false, frees_early_ = false;
    Scheduler scheduler_;
    double now_s_ = 0;
    bool may_drain_ = false, devices_fail_ = false, drained_ = false, finished_ = false;
    int next_rank_ = 0, left_ = 0;
    std::map<int, std::string> ranks_;
    std::map<std::string, NodeSeen> nodes_;
    std::vector<Closed> closed_;
    std::set<Device> broken_, said_broken_;
    std::set<std::string> guessed_, heard_;  ///< configurations that wanted memory; trials
    std::map<std::string, Running> running_, freed_;
    std::set<std::pair<std::string, int>> to_commit_, watched_;
    std::set<std::string> ended_;
    std::map<std::pair<std::string, int>, bool> expected_again_;
};

TEST(SchedulerRandom, ThousandsOfSequences)
{
    for (unsigned seed = 1; seed <= 4000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Cluster(seed).live();
        if (HasFailure()) {
            return;
        }
    }
}

TEST(SchedulerRandom, ThousandSlotsAndManyTrials)
{
    std::vector<PlannedTrial> trials;
    for (int i = 0; i < 20000; ++i) {
        trials.push_back(planned("t" + std::to_string(i), i % 97));
    }
    Scheduler scheduler(trials);
    std::vector<Assign> running;
    int committed = 0;
    const auto take = [&](std::vector<Action> actions) {
        for (const Action& action : actions) {
            if (const auto* assign = std::get_if<Assign>(&action)) {
                running.push_back(*assign);
            }
        }
    };
    for (int rank = 0; rank < 250; ++rank) {
        take(scheduler.handle({0, RankJoined{rank, "n" + std::to_string(rank), 4, 0, {}}}));
    }
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
