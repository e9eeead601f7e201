#include "checked_cluster.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace attnsweep::scheduler {

Memory CheckedCluster::need(const std::string& configuration, int devices)
{
    const Memory here = measured(configuration, devices);
    const Memory otherwise = devices > 1 ? need(configuration) : estimated_[configuration];
    return {here.device_bytes > 0 ? here.device_bytes : otherwise.device_bytes,
            here.host_bytes > 0 ? here.host_bytes : otherwise.host_bytes};
}

std::vector<CheckedCluster::Occupied> CheckedCluster::others(const std::string& node, int device) const
{
    std::vector<Occupied> found;
    const auto add = [&](const Running& each) {
        for (const Slot& slot : each.slots) {
            if (slot.node == node && (device < 0 || slot.device == device)) {
                found.push_back({slot, each.need, each.alone});
            }
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

void CheckedCluster::check_slots(const std::vector<Slot>& slots)
{
    const NodeSeen& node = nodes_.at(slots.at(0).node);
    std::set<Slot> distinct;
    std::set<int> devices;
    for (const Slot& slot : slots) {
        EXPECT_EQ(slot.node, slots[0].node) << "on two nodes";
        EXPECT_LT(slot.place * node.devices + slot.device, node.slots);
        EXPECT_LT(slot.device, node.devices);
        EXPECT_FALSE(broken_.contains({slot.node, slot.device})) << "on a device that was disabled";
        distinct.insert(slot);
        devices.insert(slot.device);
        for (const Occupied& other : others(slot.node, slot.device)) {
            EXPECT_NE(other.slot.place, slot.place) << "a slot was used twice";
        }
    }
    EXPECT_EQ(distinct.size(), slots.size());
    EXPECT_EQ(devices.size(), node.of_cores ? 1 : slots.size()) << "two of its replicas on one device";
    if (devices_per_trial_ > 0) {
        EXPECT_EQ(static_cast<int>(slots.size()), devices_per_trial_);
    } else {
        EXPECT_EQ(slots.size() & (slots.size() - 1), 0u) << "no power of two";
    }
}

void CheckedCluster::check_memory(const std::string& trial, const std::vector<Slot>& slots)
{
    const Slot& slot = slots[0];
    const NodeSeen& node = nodes_.at(slot.node);
    const Memory mine = need(configuration_[trial], static_cast<int>(slots.size()));
    std::vector<Occupied> beside;
    std::int64_t host_bytes = mine.host_bytes * static_cast<std::int64_t>(slots.size());
    const bool of_device = node.memory.device_bytes > 0;
    for (const Slot& each : slots) {
        const std::vector<Occupied> here = others(each.node, each.device);
        if (std::int64_t bytes = mine.device_bytes; of_device && !here.empty()) {
            for (const Occupied& other : here) {
                bytes += other.need.device_bytes;
            }
            EXPECT_LE(bytes, node.memory.device_bytes) << "more than fits on the device";
        }
        beside.insert(beside.end(), here.begin(), here.end());
    }
    for (const Occupied& other : beside) {
        EXPECT_FALSE(other.alone) << "put beside one that wants to be alone";
        if ((of_device || node.memory.host_bytes > 0) && guessed_.empty()) {
            EXPECT_GT(of_device ? other.need.device_bytes : other.need.host_bytes, 0) << "beside an unknown one";
        }
    }
    if (!beside.empty() && of_device && guessed_.empty()) {
        EXPECT_GT(mine.device_bytes, 0) << "an unknown one was put beside others";
    }
    const std::vector<Occupied> on_node = others(slot.node, -1);
    for (const Occupied& other : on_node) {
        host_bytes += other.need.host_bytes;
    }
    if (!on_node.empty() && node.memory.host_bytes > 0) {
        EXPECT_LE(host_bytes, node.memory.host_bytes) << "more than fits on the node";
    }
}

void CheckedCluster::check(const Assign& assign)
{
    const std::string& trial = assign.assignment.trials.at(0);
    const std::vector<Slot>& slots = assign.assignment.slots;
    const Slot& slot = slots.at(0);
    ASSERT_TRUE(ranks_.contains(assign.rank)) << "a dead rank was given work";
    EXPECT_EQ(ranks_[assign.rank], slot.node) << "a rank was given another node's slot";
    check_slots(slots);
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
    for (const Slot& each : slots) {
        EXPECT_TRUE(!alone || others(each.node, each.device).empty()) << "not alone after want of memory";
    }
    check_memory(trial, slots);
    last_attempt_[trial] = assign.assignment.attempt;
    assigned_s_[trial] = now_s_;
    heard_.erase(trial);
    running_[trial] = {assign.assignment.attempt, assign.rank, slots,
                       need(configuration_[trial], static_cast<int>(slots.size())), alone};
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
        int left = 0;
        for (int device = 0; device < nodes_[node].devices; ++device) {
            left += broken_.contains({node, device}) ? 0 : nodes_[node].of_cores ? nodes_[node].slots : 1;
        }
        EXPECT_LT(left, std::max(devices_per_trial_, 1)) << "devices were left";
    }
}

}  // namespace attnsweep::scheduler
