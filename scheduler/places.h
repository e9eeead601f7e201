#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/events.h"
#include "scheduler/tail_plan.h"

namespace attnsweep::scheduler {

/// Tracks which places of which devices are free, and how much memory; knows trials only by number. Each change takes
/// O(log devices), and `take` looks at a bounded number of devices. Owned by one Scheduler, not thread-safe.
///
/// An idle device of an idle node takes any trial. A trial shares a device or node only if the peaks of all trials
/// there are known, measured or estimated, and fit together. The device with the fewest trials is taken, so that one is
/// shared only when none is idle. A trial on several devices takes a place on each, all of one node: where some are idle that of the
/// fewest free devices, so that others stay whole. Where the cores are the device it takes several places of that.
class Places {
public:
    using Device = int;  ///< of all nodes, in the order they joined

    /// What an attempt occupies, or, on several devices, one of the places that it does.
    struct Place {
        Device device = 0;
        int number = 0;      ///< within the device
        Memory need;         ///< of this place
        bool alone = false;  ///< shares its device with no other trial
    };
    using Taken = std::vector<Place>;  ///< by an attempt

    struct Attempt {
        std::size_t trial = 0;
        int number = 1;
        bool operator==(const Attempt&) const = default;
    };

    /// Adds a node as its first rank describes it; ignores `joined.rank`.
    void add_node(const RankJoined& joined);
    bool knows(const std::string& node) const { return numbers_.contains(node); }
    /// Sets whether the node has a live rank; nothing is placed on a node without one.
    void set_alive(const std::string& node, bool alive);

    /// Takes places on so many devices for a trial of this need on each; `alone`: on idle devices. Devices reserved for this trial
    /// count as free, those reserved for another do not. Returns none if it fits nowhere.
    Taken take(const Memory& need, bool alone, std::size_t trial, int devices = 1);
    void give_back(const Taken& places);
    /// Keeps the places of an attempt that may still be ending occupied until `until_s` or until `open_early`.
    void close(const Taken& places, const Attempt& attempt, double until_s);
    /// Opens the places of an attempt that has ended. Does nothing when they are not closed.
    void open_early(const Attempt& attempt);
    /// Changes the memory need that is counted for each of these places.
    void change_need(Taken& places, const Memory& need);
    /// Opens the places that were closed until `now_s` or before.
    void open(double now_s);
    double next_opening_s() const;  ///< infinity: nothing is closed

    /// Reserves the device with the fewest trials, or so many of a node, for a trial that fits nowhere now: nothing else is started
    /// there until that trial has started or `unreserve` is called. One trial at a time; returns false when no device can be
    /// reserved.
    bool reserve(std::size_t trial, int devices = 1);
    void unreserve();
    std::optional<std::size_t> reserved_for() const { return reserved_for_; }
    bool is_reserved(Device device) const { return at(device).reserved; }

    /// Disables a device: nothing more is placed on it. Trials that run there continue.
    void disable(Device device);
    bool is_disabled(Device device) const { return at(device).disabled; }
    bool any_usable() const { return usable_ > 0; }  ///< on a living node, not disabled
    bool any_disabled() const { return disabled_ > 0; }
    bool any_free() const { return !open_.empty() || reserved_for_; }
    int usable_slots() const { return usable_slots_; }  ///< of devices on living nodes that are not disabled
    /// Returns on how many devices a trial could run if nothing else did: those of the largest living node.
    int most_devices() const;
    /// Returns by node the usable slots that are free, at `now_s`, or closed, when they open; nothing of a node that is lost.
    std::vector<NodeSlots> slots_by_node(double now_s) const;
    std::size_t node_number(Device device) const { return static_cast<std::size_t>(at(device).node); }

    Slot slot(const Place& place) const;
    const std::string& node(Device device) const { return node_of(device).name; }
    /// How many places of trials share the memory that bounds these places, 1 if only these do, and how much of it there is (0:
    /// unknown).
    struct Sharing {
        int places = 0;
        Memory memory;
    };
    Sharing sharing(const Taken& places) const;

private:
    struct NodeState {
        std::string name;
        bool alive = true;
        int occupied = 0;
        std::int64_t host_bytes = 0, host_taken_bytes = 0;
        Device first = 0;
        int devices = 0;
        bool of_cores = false;
        int open = 0;           ///< devices that take a trial; where cores are the device, its free places if it does
        bool one_each = false;  ///< no trial is on several of its devices
    };
    struct DeviceState {
        int node = 0, number = 0;
        std::vector<int> free;  ///< places; the last is taken first
        int occupied = 0;
        std::int64_t bytes = 0, taken_bytes = 0;
        int of_unknown_need = 0;
        bool disabled = false, held_alone = false, reserved = false;
        int places = 0;
    };
    using Key = std::pair<int, Device>;  ///< occupied places, device

    DeviceState& at(Device device) { return devices_[static_cast<std::size_t>(device)]; }
    const DeviceState& at(Device device) const { return devices_[static_cast<std::size_t>(device)]; }
    NodeState& node_of(Device device) { return nodes_[static_cast<std::size_t>(at(device).node)]; }
    const NodeState& node_of(Device device) const { return nodes_[static_cast<std::size_t>(at(device).node)]; }
    bool is_open(Device device) const;
    /// `places`: on the device; `in_all`: that the trial takes on its node.
    bool fits(Device device, const Memory& need, bool alone, int places = 1, int in_all = 1) const;
    std::vector<Device> devices_for(int node, const Memory& need, bool alone, int devices) const;
    /// Returns so many of the devices, those with the fewest trials; none if there are fewer.
    std::vector<Device> with_fewest_trials(std::vector<Device> devices, int count) const;
    Taken take_several(const Memory& need, bool alone, int devices);
    std::vector<Device> devices_to_reserve(int devices) const;
    bool reserve_devices(const std::vector<Device>& devices, std::size_t trial);
    int usable_of(const NodeState& node) const;
    static bool is_unknown(const DeviceState& device, const Memory& need);
    template <class Change> void change(Device device, Change what);
    void count_open(Device device, int sign);
    void count(Device device, const Memory& need, int sign);
    Place occupy(Device device, const Memory& need, bool alone);
    void give_back(const Place& place);

    std::unordered_map<std::string, int> numbers_;  ///< of nodes, by name
    std::vector<NodeState> nodes_;
    std::vector<DeviceState> devices_;
    std::set<Key>
        open_;  ///< devices that take a trial: a free place, alive, not disabled, not reserved, not held alone
    std::set<std::pair<int, int>> by_open_;  ///< nodes, by NodeState::open, if above 0
    struct Closed {
        Taken places;
        Attempt attempt;
    };
    std::multimap<double, Closed> closed_;  ///< by when they open
    std::optional<std::size_t> reserved_for_;
    std::vector<Device> reserved_;
    int usable_ = 0, usable_slots_ = 0, disabled_ = 0;
};

}  // namespace attnsweep::scheduler
