#include <algorithm>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "checked_cluster.h"
#include "recorder.h"

namespace attnsweep::scheduler {
namespace {

/// A cluster that does what it likes: ranks join and die, devices fail, trials end in every way and take what memory they
/// like, events come late and twice, the machine may be taken away.
class RandomCluster : CheckedCluster {
public:
    explicit RandomCluster(unsigned seed, int devices_per_trial)
        : random_(seed), trials_(1 + pick(30)), scheduler_(plan(), settings(devices_per_trial))
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
        EXPECT_TRUE(drained_ || left_ == 0 || may_be_late_ || devices_fail_ || devices_per_trial_ > 1);
        tell(Tick{});
        tell(RankJoined{77, "late", 3, 0, {}});
    }

private:
    int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    SchedulerSettings settings(int devices_per_trial)
    {
        SchedulerSettings settings{.lost_rank_grace_s = 3};
        settings.devices_per_trial = devices_per_trial_ = devices_per_trial;
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
                trial.failures[configs::FailureKind::out_of_memory] = 1;
            }
            last_attempt_[trial.id] = trial.attempts;
            failures_[trial.id] = trial.failures;
            configuration_[trial.id] = trial.configuration;
            plan.push_back(std::move(trial));
        }
        return plan;
    }

    void act(int step)
    {
        const int what = pick(24);
        if (ranks_.empty() || (what == 0 && ranks_.size() < 8)) {
            const int rank = next_rank_++;
            const std::string node = "n" + std::to_string(pick(3));
            const int devices = 1 + pick(3);
            const NodeSeen& seen = nodes_.try_emplace(node, fresh_node(devices)).first->second;
            ranks_[rank] = node;
            tell(RankJoined{rank, node, seen.slots, seen.devices, seen.memory, seen.of_cores});
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

    NodeSeen fresh_node(int devices)
    {
        NodeSeen node{devices * (1 + pick(3)), devices, {pick(3) ? 10 : 0, pick(3) ? 20 : 0}};
        // Where each trial takes several, a node may be too small, but not all are.
        if (devices_per_trial_ != 1 && pick(2) == 0) {
            node = {1 + pick(6), 1, {0, node.memory.host_bytes}, true};
        }
        const bool is_first = nodes_.empty();
        if (devices_per_trial_ > 1 && is_first && node.most_together() < devices_per_trial_) {
            node.slots = devices_per_trial_;
            node.devices = node.of_cores ? 1 : devices_per_trial_;
        }
        return node;
    }

    void progress(std::pair<const std::string, Running>& trial)
    {
        const Memory peak{pick(8), pick(8)};
        startup_s_ = std::max(startup_s_, heard_.insert(trial.first).second ? now_s_ - assigned_s_[trial.first] : 0.0);
        if (peak.device_bytes > 0 || peak.host_bytes > 0) {
            const std::string& configuration = configuration_[trial.first];
            const int devices = trial.second.devices();
            Memory& highest = measured(configuration, devices);
            highest.device_bytes = std::max(highest.device_bytes, peak.device_bytes);
            highest.host_bytes = std::max(highest.host_bytes, (peak.host_bytes + devices - 1) / devices);
            trial.second.need = need(configuration, devices);
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
            using Kind = configs::FailureKind;
            static constexpr Kind kinds[] = {Kind::signal, Kind::nan, Kind::out_of_memory, Kind::hang, Kind::device};
            const Kind kind = kinds[pick(devices_fail_ ? 5 : 4)];
            auto& failures = failures_[id];
            ++failures[kind];
            // The rule in other words than failure_policy's.
            const int kills = failures[Kind::signal] + failures[Kind::hang] + failures[Kind::out_of_memory];
            const configs::FailureCounts most = {{configs::FailureKind::signal, 2},
                                                 {configs::FailureKind::nan, 0},
                                                 {configs::FailureKind::out_of_memory, 1},
                                                 {configs::FailureKind::hang, 1},
                                                 {configs::FailureKind::device, 2}};
            const bool killed = kind != Kind::nan && kind != Kind::device;
            expected_again_[{id, ran.attempt}] = failures[kind] <= most.at(kind) && (!killed || kills < 3);
            for (const Slot& slot : ran.slots) {
                if (kind == Kind::device) {
                    broken_.insert({slot.node, slot.device});
                }
            }
            if (kind == Kind::out_of_memory) {
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
            tell(TrialEnded{id,
                            ran.attempt,
                            Ending::failed,
                            {configs::FailureKind::nan, "by chance " + std::to_string(pick(1000)), 0}});
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

    std::mt19937 random_;
    int trials_;
    bool may_be_late_ = false, frees_early_ = false;
    Scheduler scheduler_;
    bool may_drain_ = false, devices_fail_ = false;
    int next_rank_ = 0;
};

/// By the devices of each trial; 0: "auto".
class SchedulerRandom : public testing::TestWithParam<int> {};

TEST_P(SchedulerRandom, ThousandsOfSequences)
{
    for (unsigned seed = 1; seed <= 4000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomCluster(seed, GetParam()).live();
        if (HasFailure()) {
            return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, SchedulerRandom, testing::Values(1, 2, 3, 0),
                         [](const auto& parameter) { return "PerTrial" + std::to_string(parameter.param); });

}  // namespace
}  // namespace attnsweep::scheduler
