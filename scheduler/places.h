#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "scheduler/events.h"

namespace attnsweep::scheduler {

/// Tracks which places of which devices are free, and how much memory; knows trials only by number. Each change takes
/// O(log devices), and `take` looks at a bounded number of devices. Owned by one Scheduler, not thread-safe.
///
/// An idle device of an idle node takes any trial. A trial shares a device or node only if the peaks of all trials
/// there are known, measured or estimated, and fit together. The device with the fewest trials is taken, so that one is
/// shared only when none is idle.
class Places {
public:
    using Device = int;  ///< of all nodes, in the order they joined

    /// What an attempt occupies.
    struct Place {
        Device device = 0;
        int number = 0;  ///< within the device
        Memory need;
        bool alone = false;  ///< shares its device with no other trial
    };

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

    /// Takes a place for a trial of this need; `alone`: on an idle device. The device reserved for this trial counts as
    /// free, one reserved for another does not.
    std::optional<Place> take(const Memory& need, bool alone, std::size_t trial);
    void give_back(const Place& place);
    /// Keeps the place of an attempt that may still be ending occupied until `until_s` or until `open_early`.
    void close(const Place& place, const Attempt& attempt, double until_s);
    /// Opens the place of an attempt that has ended. Does nothing when it is not closed.
    void open_early(const Attempt& attempt);
    /// Changes the memory need that is counted for this place.
    void change_need(Place& place, const Memory& need);
    /// Opens the places that were closed until `now_s` or before.
    void open(double now_s);
    double next_opening_s() const;  ///< infinity: nothing is closed

    /// Reserves the device with the fewest trials for a trial that fits nowhere now: nothing else is started there
    /// until that trial has started or `unreserve` is called. One trial at a time; returns false when no device can be
    /// reserved.
    bool reserve(std::size_t trial);
    void unreserve();
    std::optional<std::size_t> reserved_for() const { return reserved_for_; }

    /// Disables a device: nothing more is placed on it. Trials that run there continue.
    void disable(Device device);
    bool is_disabled(Device device) const { return at(device).disabled; }
    bool any_usable() const { return usable_ > 0; }  ///< on a living node, not disabled
    bool any_disabled() const { return disabled_ > 0; }
    bool any_free() const { return !open_.empty() || reserved_for_; }

    Slot slot(const Place& place) const;
    const std::string& node(Device device) const { return node_of(device).name; }
    /// How many trials share the memory that bounds this device, and how much of it there is (0: unknown).
    struct Sharing {
        int trials = 0;
        Memory memory;
    };
    Sharing sharing(Device device) const;

private:
    struct NodeState {
        std::string name;
        bool alive = true;
        int occupied = 0;
        std::int64_t host_bytes = 0, host_taken_bytes = 0;
        Device first = 0;
        int devices = 0;
    };
    struct DeviceState {
        int node = 0, number = 0;
        std::vector<int> free;  ///< places; the last is taken first
        int occupied = 0;
        std::int64_t bytes = 0, taken_bytes = 0;
        int of_unknown_need = 0;
        bool disabled = false, held_alone = false;
    };
    using Key = std::pair<int, Device>;  ///< occupied places, device

    DeviceState& at(Device device) { return devices_[static_cast<std::size_t>(device)]; }
    const DeviceState& at(Device device) const { return devices_[static_cast<std::size_t>(device)]; }
    NodeState& node_of(Device device) { return nodes_[static_cast<std::size_t>(at(device).node)]; }
    const NodeState& node_of(Device device) const { return nodes_[static_cast<std::size_t>(at(device).node)]; }
    bool is_open(Device device) const;
    bool fits(Device device, const Memory& need, bool alone) const;
    static bool is_unknown(const DeviceState& device, const Memory& need);
    template <class Change> void change(Device device, Change what);
    void count(Device device, const Memory& need, int sign);
    Place occupy(Device device, const Memory& need, bool alone);

    std::unordered_map<std::string, int> numbers_;  ///< of nodes, by name
    std::vector<NodeState> nodes_;
    std::vector<DeviceState> devices_;
    std::set<Key>
        open_;  ///< devices that take a trial: a free place, alive, not disabled, not reserved, not held alone
    struct Closed {
        Place place;
        Attempt attempt;
    };
    std::multimap<double, Closed> closed_;  ///< by when they open
    std::optional<std::size_t> reserved_for_;
    Device reserved_ = -1;
    int usable_ = 0, disabled_ = 0;
};

}  // namespace attnsweep::scheduler
