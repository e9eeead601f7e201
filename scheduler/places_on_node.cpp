// The part of Places that looks at all devices of a node: for trials on several.
#include <algorithm>
#include <limits>
#include <utility>

#include "scheduler/places.h"

namespace attnsweep::scheduler {

namespace {

/// On which the trial fits.
constexpr int nodes_looked_at = 64;

}  // namespace

/// Returns the devices of a node that a trial on so many takes, those with the fewest trials; one for all places where cores are it;
/// none if it does not fit.
std::vector<Places::Device> Places::devices_for(int number, const Memory& need, bool alone, int devices) const
{
    const NodeState& node = nodes_[static_cast<std::size_t>(number)];
    const int places = node.of_cores ? devices : 1;
    std::vector<Device> fitting;
    for (Device device = node.first; device < node.first + node.devices; ++device) {
        if (is_open(device) && fits(device, need, alone, places, devices)) {
            fitting.push_back(device);
        }
    }
    return with_fewest_trials(std::move(fitting), node.of_cores ? 1 : devices);
}

std::vector<Places::Device> Places::with_fewest_trials(std::vector<Device> devices, int count) const
{
    if (static_cast<int>(devices.size()) < count) {
        return {};
    }
    std::stable_sort(devices.begin(), devices.end(),
                     [&](Device a, Device b) { return at(a).occupied < at(b).occupied; });
    devices.resize(static_cast<std::size_t>(count));
    std::sort(devices.begin(), devices.end());
    return devices;
}

Places::Taken Places::take_several(const Memory& need, bool alone, int devices)
{
    std::vector<Device> best;
    int looked_at = 0, fewest = std::numeric_limits<int>::max();
    for (auto node = by_open_.lower_bound({devices, 0});
         node != by_open_.end() && fewest > 0 && looked_at < nodes_looked_at; ++node) {
        std::vector<Device> found = devices_for(node->second, need, alone, devices);
        int occupied = 0;
        for (const Device device : found) {
            occupied = std::max(occupied, at(device).occupied);
        }
        looked_at += found.empty() ? 0 : 1;
        if (!found.empty() && occupied < fewest) {
            fewest = occupied;
            best = std::move(found);
        }
    }
    Taken places;
    for (int i = 0; i < devices && !best.empty(); ++i) {
        places.push_back(occupy(best[static_cast<std::size_t>(i) % best.size()], need, alone));
    }
    return places;
}

int Places::usable_of(const NodeState& node) const
{
    int usable = 0;
    for (Device device = node.first; node.alive && device < node.first + node.devices; ++device) {
        usable += at(device).disabled ? 0 : node.of_cores ? at(device).places : 1;
    }
    return node.one_each ? std::min(usable, 1) : usable;
}

int Places::most_devices() const
{
    int most = 0;
    for (const NodeState& node : nodes_) {
        most = std::max(most, usable_of(node));
    }
    return most;
}

/// Returns those with the fewest trials, of the node of the first open device that has so many.
std::vector<Places::Device> Places::devices_to_reserve(int devices) const
{
    std::vector<bool> looked_at(nodes_.size());
    for (const auto& [occupied, open] : open_) {
        const NodeState& node = node_of(open);
        if (devices == 1) {
            return {open};
        }
        if (looked_at[node_number(open)]) {
            continue;
        }
        looked_at[node_number(open)] = true;
        if (usable_of(node) < devices) {
            continue;
        }
        std::vector<Device> of_node;
        for (Device device = node.first; device < node.first + node.devices; ++device) {
            if (!at(device).disabled) {
                of_node.push_back(device);
            }
        }
        return with_fewest_trials(std::move(of_node), node.of_cores ? 1 : devices);
    }
    return {};
}

std::vector<NodeSlots> Places::slots_by_node(double now_s) const
{
    std::vector<NodeSlots> nodes(nodes_.size());
    const auto add = [&](Device device, double free_at_s) {
        if (!at(device).disabled && node_of(device).alive) {
            nodes[node_number(device)].slots.push_back({device, free_at_s});
        }
    };
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        nodes[node].of_cores = nodes_[node].of_cores;
        nodes[node].one_each = nodes_[node].one_each;
        for (Device device = nodes_[node].first; device < nodes_[node].first + nodes_[node].devices; ++device) {
            for (std::size_t i = 0; i < at(device).free.size(); ++i) {
                add(device, now_s);
            }
        }
    }
    for (const auto& [until_s, closed] : closed_) {
        for (const Place& place : closed.places) {
            add(place.device, until_s);
        }
    }
    return nodes;
}

}  // namespace attnsweep::scheduler
