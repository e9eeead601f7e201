#include "scheduler/simulation.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "scheduler/error.h"
#include "scheduler/random_draws.h"
#include "scheduler/virtual_clock.h"

namespace attnsweep::scheduler {

namespace {

/// Counts events per second; times must not decrease.
class Rate {
public:
    void add(double time_s, std::int64_t count)
    {
        const auto second = static_cast<std::int64_t>(time_s);
        if (second != second_) {
            now_ = 0;
        }
        second_ = second;
        now_ += count;
        total_ += count;
        most_ = std::max(most_, now_);
    }
    std::int64_t total() const { return total_; }
    std::int64_t most() const { return most_; }

private:
    std::int64_t second_ = -1, now_ = 0, total_ = 0, most_ = 0;
};

class Simulation {
public:
    Simulation(std::vector<SimulatedTrial> trials, const SimulatedCluster& cluster)
        : cluster_(cluster), random_(cluster.seed), before_bytes_(bytes_in_use()),
          clock_(take_plans(trials),
                 {.lost_rank_grace_s = cluster.lost_rank_grace_s,
                  .alike_failures_to_stop = 0,
                  .devices_per_trial = cluster.devices_per_trial,
                  .speed = cluster.speed},
                 [this](const Action& action) { std::visit([this](const auto& each) { act(each); }, action); })
    {
    }

    SimulationOutcome run()
    {
        nodes_.resize(static_cast<std::size_t>(cluster_.nodes));
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            join(node, node + 1 < nodes_.size());
        }
        outcome_.machine_bytes = bytes_in_use() - before_bytes_ - own_bytes();
        clock_.run();
        return sum_up();
    }

private:
    struct Trial {
        std::string id;
        double duration_s, left_s;  ///< left: after its last checkpoint, startup not included
        int epochs;
        double begun_s = 0;
        int attempt = 0;
        std::size_t node = 0;
        std::vector<int> devices = {};
        double speed = 1;
        bool running = false, done = false;
    };
    struct Node {
        int rank = -1;  ///< -1: failed
        double failed_s = 0;
        std::vector<std::size_t> runs;  ///< trial + 1 by device; 0: none
    };

    static std::int64_t bytes_in_use()
    {
        const struct mallinfo2 info = ::mallinfo2();
        return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
    }
    std::int64_t own_bytes() const
    {
        return static_cast<std::int64_t>(nodes_.capacity() * sizeof(Node) +
                                         nodes_.size() * static_cast<std::size_t>(cluster_.devices_per_node) * 16);
    }

    std::vector<PlannedTrial> take_plans(std::vector<SimulatedTrial>& trials)
    {
        std::vector<PlannedTrial> plans;
        plans.reserve(trials.size());
        trials_.reserve(trials.size());
        for (SimulatedTrial& trial : trials) {
            outcome_.longest_s = std::max(outcome_.longest_s, trial.duration_s);
            outcome_.work_s += trial.duration_s;
            index_.emplace(trial.planned.id, trials_.size());
            trials_.push_back({trial.planned.id, trial.duration_s, std::max(trial.duration_s - cluster_.startup_s, 0.0),
                               trial.epochs});
            plans.push_back(std::move(trial.planned));
        }
        const int at_once = std::max(cluster_.devices_per_node / std::max(cluster_.devices_per_trial, 1), 1);
        outcome_.lower_bound_s =
            std::max(outcome_.longest_s, outcome_.work_s / (static_cast<double>(cluster_.nodes) * at_once));
        before_bytes_ = bytes_in_use();  // the plans move into the scheduler and count as its memory
        for (const PlannedTrial& plan : plans) {
            before_bytes_ -= static_cast<std::int64_t>(sizeof plan + (plan.id.capacity() > 15 ? 32 : 0) +
                                                       (plan.configuration.capacity() > 15 ? 32 : 0));
        }
        return plans;
    }

    double now_s() const { return clock_.now_s(); }

    void join(std::size_t number, bool others_follow)
    {
        Node& node = nodes_[number];
        if (next_rank_ >= cluster_.nodes) {
            outcome_.down_s += (now_s() - node.failed_s) * cluster_.devices_per_node;
        }
        const int rank = node.rank = next_rank_++;
        node.runs.assign(static_cast<std::size_t>(cluster_.devices_per_node), 0);
        messages_.add(now_s(), 1);
        if (cluster_.failures_per_node_day > 0) {
            clock_.plan(now_s() + exponential(random_, 86400 / cluster_.failures_per_node_day),
                        [this, number, rank] { fail(number, rank); });
        }
        clock_.tell(
            RankJoined{rank, "n" + std::to_string(number), cluster_.devices_per_node, 0, {}, false, others_follow});
    }

    void end(std::size_t index, int attempt)
    {
        Trial& trial = trials_[index];
        if (!trial.running || trial.attempt != attempt) {
            return;  // its node has failed meanwhile
        }
        trial.running = false;
        for (const int device : trial.devices) {
            nodes_[trial.node].runs[static_cast<std::size_t>(device)] = 0;
        }
        messages_.add(now_s(), 1);
        clock_.plan(now_s() + cluster_.commit_s, [this, index, attempt] { commit(index, attempt); });
        clock_.tell(TrialEnded{trial.id, attempt, Ending::done, {}});
    }

    void commit(std::size_t index, int attempt)
    {
        rows_.add(now_s(), 1);
        trials_[index].done = true;
        ++outcome_.done;
        clock_.tell(Committed{trials_[index].id, attempt});
    }

    /// Whether no node is left and none comes back.
    bool all_are_gone() const
    {
        return cluster_.repair_s <= 0 &&
               std::none_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.rank >= 0; });
    }

    void fail(std::size_t number, int rank)
    {
        Node& node = nodes_[number];
        if (node.rank != rank) {
            return;
        }
        ++outcome_.node_failures;
        for (std::size_t& runs : node.runs) {
            if (runs == 0) {
                continue;
            }
            Trial& trial = trials_[std::exchange(runs, 0) - 1];
            if (!std::exchange(trial.running, false)) {
                continue;  // on several devices
            }
            const double trained_s = std::max(now_s() - trial.begun_s - cluster_.startup_s, 0.0);
            const double kept_s = std::floor(trained_s / cluster_.checkpoint_every_s) * cluster_.checkpoint_every_s;
            trial.left_s -= kept_s * trial.speed;
            outcome_.lost_s += trained_s - kept_s;
        }
        node.rank = -1;
        node.failed_s = now_s();
        if (cluster_.repair_s > 0) {
            clock_.plan(now_s() + cluster_.repair_s, [this, number] { join(number, false); });
        }
        clock_.tell(RankLost{rank, "failed"});
        if (all_are_gone()) {
            clock_.tell(DrainRequested{"no node is left"});
        }
    }

    void act(const Assign& assign)
    {
        const std::string& id = assign.assignment.trials.front();
        const std::size_t index = index_.at(id);
        Trial& trial = trials_[index];
        const std::string& node = assign.assignment.slots.front().node;
        const auto number = static_cast<std::size_t>(std::stoi(node.substr(1)));
        const bool may_start = !trial.running && !trial.done;
        trial.devices.clear();
        for (const Slot& slot : assign.assignment.slots) {
            std::size_t& runs = nodes_.at(number).runs.at(static_cast<std::size_t>(slot.device));
            if (!may_start || runs != 0 || slot.node != node || nodes_[number].rank != assign.rank) {
                throw Error(fmt::format("the scheduler is wrong: at {:.0f} s it starts {} on {} device {}, {}", now_s(),
                                        id, slot.node, slot.device,
                                        trial.running       ? "which runs already"
                                        : trial.done        ? "which is done"
                                        : runs != 0         ? "which is taken"
                                        : slot.node != node ? "of two nodes"
                                                            : "where that rank does not live"));
            }
            runs = index + 1;
            trial.devices.push_back(slot.device);
        }
        trial.running = true;
        trial.begun_s = now_s();
        trial.attempt = assign.assignment.attempt;
        trial.node = number;
        trial.speed = cluster_.devices_per_trial == 0 ? cluster_.speed.of(static_cast<int>(trial.devices.size())) : 1.0;
        ++outcome_.attempts;
        outcome_.on_several += trial.devices.size() > 1 ? 1 : 0;
        messages_.add(now_s(), 2);  // the assignment, and its start
        rows_.add(now_s(), 1);
        clock_.plan(now_s() + cluster_.startup_s + trial.left_s / trial.speed,
                    [this, index, attempt = trial.attempt] { end(index, attempt); });
    }
    void act(const CommitResult&) {}
    void act(const Acknowledge&) { messages_.add(now_s(), 1); }
    void act(const Finished& finished)
    {
        if (finished.done != static_cast<int>(trials_.size()) && !all_are_gone()) {
            throw Error(fmt::format("the scheduler is wrong: it ends with {} of {} trials done, {} failed, {} left",
                                    finished.done, trials_.size(), finished.failed, finished.left));
        }
    }
    template <class Other> void act(const Other&) {}

    SimulationOutcome sum_up()
    {
        outcome_.makespan_s = now_s();
        outcome_.events = clock_.told();
        for (const Node& node : nodes_) {
            if (node.rank >= 0) {
                outcome_.devices_at_end += cluster_.devices_per_node;
            } else {
                outcome_.down_s += (now_s() - node.failed_s) * cluster_.devices_per_node;
            }
        }
        std::int64_t epochs = 0;
        for (const Trial& trial : trials_) {
            epochs += trial.epochs;
        }
        // Epochs come as evenly as trials that began at different times make them.
        const auto epochs_a_s = static_cast<std::int64_t>(static_cast<double>(epochs) / std::max(now_s(), 1.0));
        outcome_.messages = messages_.total() + epochs;
        outcome_.rows = rows_.total() + epochs;
        outcome_.most_messages_a_s = messages_.most() + epochs_a_s;
        outcome_.most_rows_a_s = rows_.most() + epochs_a_s;
        return outcome_;
    }

    SimulatedCluster cluster_;
    SimulationOutcome outcome_;
    std::mt19937_64 random_;
    std::vector<Trial> trials_;
    std::unordered_map<std::string, std::size_t> index_;
    std::int64_t before_bytes_;
    VirtualClock clock_;
    std::vector<Node> nodes_;
    int next_rank_ = 0;
    Rate messages_, rows_;
};

}  // namespace

SimulationOutcome simulate(std::vector<SimulatedTrial> trials, const SimulatedCluster& cluster)
{
    if (cluster.nodes < 1 || cluster.devices_per_node < 1) {
        throw Error("a simulated cluster needs a node with a device");
    }
    return Simulation(std::move(trials), cluster).run();
}

}  // namespace attnsweep::scheduler
