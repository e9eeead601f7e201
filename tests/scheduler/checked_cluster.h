#pragma once

#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/scheduler.h"

namespace attnsweep::scheduler {

/// Knows what is true in a cluster that runs a sweep, and checks each of the scheduler's actions against what must always hold:
/// no slot used twice, no more memory taken than there is, no result lost. A violation is a failure of the running test. Who
/// derives from it makes the events and keeps the state up to date with them.
class CheckedCluster {
protected:
    struct Running {
        int attempt, rank;
        std::vector<Slot> slots;
        Memory need;  ///< on each slot
        bool alone;
        int devices() const { return static_cast<int>(slots.size()); }
    };
    struct Closed {
        double until_s;
        std::string trial;
        Running ran;
    };
    struct NodeSeen {
        int slots, devices;
        Memory memory;
        bool of_cores = false;
        int most_together() const { return of_cores ? slots : devices; }
    };
    using Device = std::pair<std::string, int>;

    /// Takes over what the action changes.
    void check(const Assign& assign);
    void check(const CommitResult& commit);
    void check(const Acknowledge& acknowledge);
    void check(const TrialSetBack& back);
    void check(const DeviceDisabled& disabled);
    void check(const WatchEnding& watch);
    void check(const DrainTrials& drain);
    void check(const Finished& finished);

    /// By what was measured, else estimated.
    Memory need(const std::string& configuration, int devices = 1);
    Memory& measured(const std::string& configuration, int devices) { return measured_[{configuration, devices > 1}]; }

    int devices_per_trial_ = 1;  ///< 0: "auto"
    std::map<std::string, Memory> estimated_;
    std::map<std::pair<std::string, bool>, Memory> measured_;  ///< by configuration, and whether on several devices
    std::map<std::string, double> first_checkpoint_s_, assigned_s_;
    std::map<std::string, std::string> configuration_;
    std::map<std::string, int> last_attempt_;
    std::map<std::string, configs::FailureCounts> failures_;
    double limit_s_ = std::numeric_limits<double>::infinity(), drain_s_ = 0, startup_s_ = 0;
    double now_s_ = 0;
    bool drained_ = false, finished_ = false;
    int left_ = 0;
    std::map<int, std::string> ranks_;
    std::map<std::string, NodeSeen> nodes_;
    std::vector<Closed> closed_;
    std::set<Device> broken_, said_broken_;
    std::set<std::string> guessed_, heard_;  ///< configurations that wanted memory; trials
    std::map<std::string, Running> running_, freed_;
    std::set<std::pair<std::string, int>> to_commit_, watched_;
    std::set<std::string> ended_;
    std::map<std::pair<std::string, int>, bool> expected_again_;

private:
    struct Occupied {
        Slot slot;
        Memory need;
        bool alone;
    };
    /// What shares the device, or with `device` negative the node, and may still be ending there.
    std::vector<Occupied> others(const std::string& node, int device) const;
    void check_slots(const std::vector<Slot>& slots);
    void check_memory(const std::string& trial, const std::vector<Slot>& slots);
};

}  // namespace attnsweep::scheduler
