#include "checked_cluster.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace attnsweep::scheduler {

Memory CheckedCluster::need(const std::string& configuration)
{
    const Memory &measured = measured_[configuration], &estimated = estimated_[configuration];
    return {measured.device_bytes > 0 ? measured.device_bytes : estimated.device_bytes,
            measured.host_bytes > 0 ? measured.host_bytes : estimated.host_bytes};
}

std::vector<CheckedCluster::Running> CheckedCluster::others(const std::string& node, int device) const
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

void CheckedCluster::check_memory(const std::string& trial, const Slot& slot)
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

void CheckedCluster::check(const Assign& assign)
{
    const std::string& trial = assign.assignment.trials.at(0);
    const Slot& slot = assign.assignment.slots.at(0);
    ASSERT_TRUE(ranks_.contains(assign.rank)) << "a dead rank was given work";
    EXPECT_EQ(ranks_[assign.rank], slot.node) << "a rank was given another node's slot";
    EXPECT_LT(slot.place * nodes_[slot.node].devices + slot.device, nodes_[slot.node].slots);
    EXPECT_LT(slot.device, nodes_[slot.node].devices);
    EXPECT_FALSE(broken_.contains({slot.node, slot.device})) << "on a device that was disabled";
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
    const bool alone = failures_[trial][configs::FailureKind::out_of_memory] > 0;
    if (alone) {
        EXPECT_TRUE(others(slot.node, slot.device).empty()) << "not alone after want of memory";
    }
    check_memory(trial, slot);
    last_attempt_[trial] = assign.assignment.attempt;
    assigned_s_[trial] = now_s_;
    heard_.erase(trial);
    running_[trial] = {assign.assignment.attempt, assign.rank, slot, need(configuration_[trial]), alone};
}

void CheckedCluster::check(const CommitResult& commit)
{
    ASSERT_TRUE(expected_again_.contains({commit.trial, commit.attempt}));
    EXPECT_TRUE(to_commit_.insert({commit.trial, commit.attempt}).second);
    const bool again = expected_again_[{commit.trial, commit.attempt}];
    EXPECT_TRUE(again || ended_.insert(commit.trial).second) << "a trial ended twice";
}

void CheckedCluster::check(const Acknowledge& acknowledge)
{
    EXPECT_TRUE(ranks_.contains(acknowledge.rank));
    EXPECT_FALSE(to_commit_.contains({acknowledge.trial, acknowledge.attempt})) << "acknowledged before the commit";
}

void CheckedCluster::check(const TrialSetBack& back)
{
    const bool again = expected_again_[{back.trial, back.attempt}];
    EXPECT_EQ(back.again, again);
}

void CheckedCluster::check(const DeviceDisabled& disabled)
{
    EXPECT_TRUE(broken_.contains({disabled.node, disabled.device}));
    EXPECT_TRUE(said_broken_.insert({disabled.node, disabled.device}).second) << "said twice";
}

void CheckedCluster::check(const WatchEnding& watch)
{
    EXPECT_TRUE(ranks_.contains(watch.rank));
    const auto same = [&](const Closed& closed) {
        return closed.trial == watch.trial && closed.ran.attempt == watch.attempt;
    };
    EXPECT_TRUE(std::any_of(closed_.begin(), closed_.end(), same)) << "nothing of it may still be ending";
    watched_.insert({watch.trial, watch.attempt});
}

void CheckedCluster::check(const DrainTrials& drain)
{
    EXPECT_TRUE(ranks_.contains(drain.rank));
    // Five alike at the start: unlikely with these messages, but it is the scheduler's to say.
    drained_ = true;
}

void CheckedCluster::check(const Finished& finished)
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

}  // namespace attnsweep::scheduler
