#include "scheduler/tail_plan.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>

namespace attnsweep::scheduler {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr std::array sizes = {1, 2, 4, 8, 16, 32, 64};
constexpr int halvings = 12;
constexpr double least_saving = 0.05;

/// A node, with the earliest start of a trial on each number of devices.
class NodeCourse {
public:
    NodeCourse(const NodeSlots& node, double now_s)
        : of_cores_(node.of_cores), one_each_(node.one_each), slots_(node.slots)
    {
        for (const SlotTime& slot : slots_) {
            free_now_ += slot.free_at_s <= now_s ? 1 : 0;
        }
        find_starts();
    }

    double start_on(std::size_t size) const { return starts_[size]; }
    int free_now() const { return free_now_; }

    void take(std::size_t size, double now_s, double ends_at_s)
    {
        for (const std::size_t slot : first_slots(static_cast<std::size_t>(sizes[size]))) {
            free_now_ -= slots_[slot].free_at_s <= now_s ? 1 : 0;
            slots_[slot].free_at_s = ends_at_s;
        }
        find_starts();
    }

private:
    /// The slots, on devices of their own, that are free first; fewer than `count` if there are no more.
    std::vector<std::size_t> first_slots(std::size_t count) const
    {
        std::vector<std::size_t> first;
        std::set<int> devices;
        const std::size_t most = one_each_ ? std::min(count, std::size_t{1}) : count;
        for (std::size_t i = 0; i < slots_.size() && first.size() < most; ++i) {
            if (of_cores_ || devices.insert(slots_[i].device).second) {
                first.push_back(i);
            }
        }
        return first;
    }

    void find_starts()
    {
        std::stable_sort(slots_.begin(), slots_.end(),
                         [](const SlotTime& a, const SlotTime& b) { return a.free_at_s < b.free_at_s; });
        const std::vector<std::size_t> first = first_slots(sizes.back());
        for (std::size_t size = 0; size < sizes.size(); ++size) {
            const auto count = static_cast<std::size_t>(sizes[size]);
            starts_[size] = count <= first.size() ? slots_[first[count - 1]].free_at_s : never;
        }
    }

    bool of_cores_, one_each_;
    std::vector<SlotTime> slots_;  // by when they are free
    std::array<double, sizes.size()> starts_{};
    int free_now_ = 0;
};

struct Course {
    std::vector<TailStart> starts;
    double ends_at_s = 0;
};

class Tail {
public:
    Tail(const std::vector<NodeSlots>& nodes, const std::vector<WaitingTrial>& trials, const DeviceSpeed& speed,
         double now_s)
        : trials_(trials), now_s_(now_s), running_until_s_(now_s)
    {
        for (const NodeSlots& node : nodes) {
            if (!node.slots.empty()) {
                nodes_.emplace_back(node, now_s);
            }
            for (const SlotTime& slot : node.slots) {
                running_until_s_ = std::max(running_until_s_, slot.free_at_s);
            }
        }
        for (std::size_t size = 0; size < sizes.size(); ++size) {
            speeds_[size] = speed.of(sizes[size]);
        }
    }

    /// When what runs now has ended: nothing that waits can change that.
    double running_until_s() const { return running_until_s_; }

    /// Plays the rest of the sweep in which each trial takes the fewest devices on which it ends by `by_s`.
    Course play(double by_s) const
    {
        std::vector<NodeCourse> nodes = nodes_;
        Course course{{}, running_until_s_};
        for (const WaitingTrial& trial : trials_) {
            Choice best;
            for (std::size_t size = 0; size < sizes.size(); ++size) {
                if (sizes[size] > std::max(trial.most_devices, 1)) {
                    break;
                }
                const Choice choice = earliest(nodes, size, trial.expected_s / speeds_[size]);
                if (choice.ends_at_s < best.ends_at_s) {
                    best = choice;
                }
                if (best.ends_at_s <= by_s) {
                    break;
                }
            }
            if (best.ends_at_s == never) {
                return {{}, never};
            }
            nodes[best.node].take(best.size, now_s_, best.ends_at_s);
            course.starts.push_back({sizes[best.size], best.starts_at_s});
            course.ends_at_s = std::max(course.ends_at_s, best.ends_at_s);
        }
        return course;
    }

private:
    struct Choice {
        std::size_t node = 0, size = 0;
        double starts_at_s = never, ends_at_s = never;
    };

    /// On the node that is free first; of several, on the one with the fewest free slots, which leaves larger gaps elsewhere.
    Choice earliest(const std::vector<NodeCourse>& nodes, std::size_t size, double lasts_s) const
    {
        Choice best;
        for (std::size_t node = 0; node < nodes.size(); ++node) {
            const double starts_at_s = std::max(nodes[node].start_on(size), now_s_);
            if (starts_at_s < best.starts_at_s || (starts_at_s == best.starts_at_s && starts_at_s < never &&
                                                   nodes[node].free_now() < nodes[best.node].free_now())) {
                best = {node, size, starts_at_s, starts_at_s + lasts_s};
            }
        }
        return best;
    }

    const std::vector<WaitingTrial>& trials_;
    double now_s_, running_until_s_;
    std::vector<NodeCourse> nodes_;
    std::array<double, sizes.size()> speeds_{};
};

}  // namespace

std::vector<TailStart> plan_tail(const std::vector<NodeSlots>& nodes, const std::vector<WaitingTrial>& trials,
                                 const DeviceSpeed& speed, double now_s)
{
    const Tail tail(nodes, trials, speed, now_s);
    const Course single = tail.play(never);
    double least_s = tail.running_until_s(), most_s = single.ends_at_s;
    if (single.starts.empty() || least_s >= most_s) {
        return {};
    }
    Course best = single;
    for (int i = 0; i < halvings; ++i) {
        const double by_s = least_s + (most_s - least_s) / 2;
        Course course = tail.play(by_s);
        if (course.ends_at_s <= by_s) {
            most_s = course.ends_at_s;
            best = std::move(course);
        } else {
            least_s = by_s;
        }
    }
    if (single.ends_at_s - best.ends_at_s < least_saving * (single.ends_at_s - now_s)) {
        return {};
    }
    return best.starts;
}

}  // namespace attnsweep::scheduler
