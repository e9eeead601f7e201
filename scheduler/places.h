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

/// Which places of which devices are free, and how much of their memory. The Scheduler's own; it knows trials by number alone.
/// Every member takes O(log devices); `find` looks at a bounded number of devices beyond that.
///
/// An idle device of an idle node takes any trial. Beside others a trial is put only where the peaks of all of them are known,
/// measured or estimated, and fit together. The device with the fewest trials is taken, so that one is shared only when none
/// is idle.
class Places {
public:
    using Device = int;  ///< of all nodes, in the order they joined

    /// What an attempt occupies.
    struct Place {
        Device device = 0;
        int number = 0;  ///< within the device
        Memory need;
        bool alone = false;  ///< nothing is put beside it
    };

    /// A node's first rank; `joined.rank` is not looked at.
    void add_node(const RankJoined& joined);
    bool knows(const std::string& node) const { return numbers_.contains(node); }
    /// Whether a rank lives there: nothing is put where none does.
    void set_alive(const std::string& node, bool alive);

    /// Takes a place for a trial of this need; `alone`: on an idle device. The device reserved for this trial counts as
    /// free, one reserved for another does not.
    std::optional<Place> take(const Memory& need, bool alone, std::size_t trial);
    /// `closed_until_s` above 0: what ran there may still be ending; the place stays occupied until then.
    void give_back(const Place& place, double closed_until_s = 0);
    /// What ran in this place, given back and still closed, has ended.
    void open_early(const Place& place);
    /// More is known of what runs there.
    void change_need(Place& place, const Memory& need);
    /// Opens what was closed until `now_s` or before.
    void open(double now_s);
    double next_opening_s() const;  ///< infinity: nothing is closed

    /// Keeps the device with the fewest trials for one that fits nowhere now: nothing else is started there until it has
    /// started or `unreserve` is called. One trial at a time; false when there is no device to keep.
    bool reserve(std::size_t trial);
    void unreserve();
    std::optional<std::size_t> reserved_for() const { return reserved_for_; }

    void set_aside(Device device);
    bool is_set_aside(Device device) const { return at(device).set_aside; }
    bool any_usable() const { return usable_ > 0; }  ///< on a living node, not set aside
    bool any_set_aside() const { return set_aside_ > 0; }
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
        bool set_aside = false, held_alone = false;
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
    void free(const Place& place);

    std::unordered_map<std::string, int> numbers_;  ///< of nodes, by name
    std::vector<NodeState> nodes_;
    std::vector<DeviceState> devices_;
    std::set<Key>
        open_;  ///< devices that take a trial: a free place, alive, not set aside, not reserved, not held alone
    std::multimap<double, Place> closed_;
    std::optional<std::size_t> reserved_for_;
    Device reserved_ = -1;
    int usable_ = 0, set_aside_ = 0;
};

}  // namespace attnsweep::scheduler
