#include "scheduler/places.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace attnsweep::scheduler {

namespace {

/// If the first devices do not fit, others hardly do: these have the fewest trials.
constexpr int devices_looked_at = 64;

}  // namespace

void Places::add_node(const RankJoined& joined)
{
    const int node = static_cast<int>(nodes_.size());
    numbers_.emplace(joined.node, node);
    const int devices = std::min(joined.devices > 0 ? joined.devices : joined.slots, joined.slots);
    nodes_.push_back({joined.node, true, 0, joined.memory.host_bytes, 0, static_cast<Device>(devices_.size()), devices,
                      joined.of_cores && devices == 1, 0, joined.one_each});
    for (int number = 0; number < devices; ++number) {
        DeviceState& device = devices_.emplace_back();
        device.node = node;
        device.number = number;
        device.bytes = joined.bytes_of_devices.empty() ? joined.memory.device_bytes
                                                       : joined.bytes_of_devices.at(static_cast<std::size_t>(number));
        for (int place = (joined.slots - 1 - number) / devices; place >= 0;
             --place) {  // slot = place * devices + number
            device.free.push_back(place);
        }
        device.places = static_cast<int>(device.free.size());
        ++usable_;
        usable_slots_ += device.places;
        open_.insert({0, static_cast<Device>(devices_.size()) - 1});
        count_open(static_cast<Device>(devices_.size()) - 1, 1);
    }
}

void Places::set_alive(const std::string& name, bool alive)
{
    NodeState& node = nodes_[static_cast<std::size_t>(numbers_.at(name))];
    if (node.alive == alive) {
        return;
    }
    if (!reserved_.empty() && &node_of(reserved_.front()) == &node) {
        unreserve();
    }
    const auto flip = [&] { node.alive = alive; };
    for (Device device = node.first; device < node.first + node.devices; ++device) {
        node.alive = !alive;
        change(device, flip);
        if (!at(device).disabled) {
            usable_ += alive ? 1 : -1;
            usable_slots_ += alive ? at(device).places : -at(device).places;
        }
    }
    node.alive = alive;
}

bool Places::is_open(Device device) const
{
    const DeviceState& state = at(device);
    return !state.free.empty() && !state.disabled && !state.held_alone && !state.reserved && node_of(device).alive;
}

void Places::count_open(Device device, int sign)
{
    NodeState& node = node_of(device);
    by_open_.erase({node.open, at(device).node});
    node.open += sign * (node.of_cores ? static_cast<int>(at(device).free.size()) : 1);
    if (node.open > 0 && !node.one_each) {
        by_open_.insert({node.open, at(device).node});
    }
}

template <class Change> void Places::change(Device device, Change what)
{
    if (is_open(device)) {
        open_.erase({at(device).occupied, device});
        count_open(device, -1);
    }
    what();
    if (is_open(device)) {
        open_.insert({at(device).occupied, device});
        count_open(device, 1);
    }
}

bool Places::is_unknown(const DeviceState& device, const Memory& need)
{
    return (device.bytes > 0 ? need.device_bytes : need.host_bytes) <= 0;
}

bool Places::fits(Device device, const Memory& need, bool alone, int places, int in_all) const
{
    const DeviceState& state = at(device);
    const NodeState& node = node_of(device);
    if (static_cast<int>(state.free.size()) < places || state.held_alone || (alone && state.occupied > 0)) {
        return false;
    }
    if (node.occupied == 0) {
        return true;
    }
    const bool bounded = state.bytes > 0 || node.host_bytes > 0;
    if (state.occupied > 0 && bounded && (state.of_unknown_need > 0 || is_unknown(state, need))) {
        return false;
    }
    if (state.occupied > 0 && state.bytes > 0 && state.taken_bytes + need.device_bytes > state.bytes) {
        return false;
    }
    return node.host_bytes == 0 || node.host_taken_bytes + in_all * need.host_bytes <= node.host_bytes;
}

Places::Taken Places::take(const Memory& need, bool alone, std::size_t trial, int devices)
{
    if (devices > 1) {
        const std::vector<Device> kept = reserved_for_ == trial ? reserved_ : std::vector<Device>{};
        if (!kept.empty()) {
            unreserve();
        }
        Taken places = take_several(need, alone, devices);
        if (places.empty()) {
            reserve_devices(kept, trial);
        }
        return places;
    }
    if (reserved_for_ == trial && fits(reserved_.front(), need, alone)) {
        const Device device = reserved_.front();
        unreserve();
        return {occupy(device, need, alone)};
    }
    int looked_at = 0;
    for (const auto& [occupied, device] : open_) {
        if (looked_at++ == devices_looked_at) {
            break;
        }
        if (!fits(device, need, alone)) {
            continue;
        }
        if (reserved_for_ == trial) {
            unreserve();
        }
        return {occupy(device, need, alone)};
    }
    return {};
}

Places::Place Places::occupy(Device device, const Memory& need, bool alone)
{
    Place place{device, 0, need, alone};
    change(device, [&] {
        DeviceState& state = at(device);
        place.number = state.free.back();
        state.free.pop_back();
        ++state.occupied;
        state.held_alone = alone;
        count(device, need, 1);
    });
    ++node_of(device).occupied;
    return place;
}

void Places::count(Device device, const Memory& need, int sign)
{
    DeviceState& state = at(device);
    state.taken_bytes += sign * need.device_bytes;
    state.of_unknown_need += is_unknown(state, need) ? sign : 0;
    node_of(device).host_taken_bytes += sign * need.host_bytes;
}

void Places::close(const Taken& places, const Attempt& attempt, double until_s)
{
    closed_.emplace(until_s, Closed{places, attempt});
}

void Places::give_back(const Taken& places)
{
    for (const Place& place : places) {
        give_back(place);
    }
}

void Places::give_back(const Place& place)
{
    change(place.device, [&] {
        DeviceState& state = at(place.device);
        state.free.insert(std::lower_bound(state.free.begin(), state.free.end(), place.number, std::greater<>()),
                          place.number);
        --state.occupied;
        state.held_alone = false;
        count(place.device, place.need, -1);
    });
    --node_of(place.device).occupied;
}

void Places::change_need(Taken& places, const Memory& need)
{
    for (Place& place : places) {
        count(place.device, place.need, -1);
        place.need = need;
        count(place.device, place.need, 1);
    }
}

void Places::open(double now_s)
{
    while (!closed_.empty() && closed_.begin()->first <= now_s) {
        give_back(closed_.begin()->second.places);
        closed_.erase(closed_.begin());
    }
}

void Places::open_early(const Attempt& attempt)
{
    const auto found = std::find_if(closed_.begin(), closed_.end(),
                                    [&](const auto& closed) { return closed.second.attempt == attempt; });
    if (found != closed_.end()) {
        give_back(found->second.places);
        closed_.erase(found);
    }
}

double Places::next_opening_s() const
{
    return closed_.empty() ? std::numeric_limits<double>::infinity() : closed_.begin()->first;
}

bool Places::reserve(std::size_t trial, int devices)
{
    return !reserved_for_ && reserve_devices(devices_to_reserve(devices), trial);
}

bool Places::reserve_devices(const std::vector<Device>& devices, std::size_t trial)
{
    if (devices.empty()) {
        return false;
    }
    reserved_for_ = trial;
    reserved_ = devices;
    for (const Device device : devices) {
        change(device, [&] { at(device).reserved = true; });
    }
    return true;
}

void Places::unreserve()
{
    for (const Device device : reserved_) {
        change(device, [&] { at(device).reserved = false; });
    }
    reserved_.clear();
    reserved_for_.reset();
}

void Places::disable(Device device)
{
    if (at(device).disabled) {
        return;
    }
    if (at(device).reserved) {
        unreserve();
    }
    change(device, [&] { at(device).disabled = true; });
    ++disabled_;
    if (node_of(device).alive) {
        --usable_;
        usable_slots_ -= at(device).places;
    }
}

Slot Places::slot(const Place& place) const
{
    return {node(place.device), at(place.device).number, place.number};
}

Places::Sharing Places::sharing(const Taken& places) const
{
    // Of several devices, the one with the least memory for each of its trials.
    const Device device = std::ranges::min_element(places, {}, [this](const Place& place) {
                              const DeviceState& shared = at(place.device);
                              return shared.bytes / std::max(shared.occupied, 1);
                          })->device;
    const DeviceState& state = at(device);
    const NodeState& node = node_of(device);
    const int occupied = state.bytes > 0 ? state.occupied : node.occupied;
    const auto own = std::count_if(places.begin(), places.end(),
                                   [&](const Place& place) { return state.bytes == 0 || place.device == device; });
    return {occupied == own ? 1 : occupied, {state.bytes, node.host_bytes}};
}

}  // namespace attnsweep::scheduler
