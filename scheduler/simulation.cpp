#include "scheduler/simulation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <random>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "scheduler/error.h"

namespace attnsweep::scheduler {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

double exponential(std::mt19937_64& random, double mean)
{
    return -mean * std::log((static_cast<double>(random() >> 11) + 0.5) * 0x1p-53);
}

/// Counts what happens within each second, of a time that never falls.
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
          scheduler_(take_plans(trials), {.lost_rank_grace_s = cluster.lost_rank_grace_s, .alike_failures_to_stop = 0})
    {
    }

    SimulationOutcome run()
    {
        nodes_.resize(static_cast<std::size_t>(cluster_.nodes));
        for (int node = 0; node < cluster_.nodes; ++node) {
            join(node);
        }
        outcome_.machine_bytes = bytes_in_use() - before_bytes_ - own_bytes();
        while (!finished_) {
            const double tick_s = scheduler_.next_tick_s();
            if (next_.empty() && tick_s == never) {
                throw Error(
                    fmt::format("the simulated sweep stands still at {:.0f} s with {} trials waiting, {} running: no "
                                "node is left, or the machine is wrong",
                                now_s_, scheduler_.waiting(), scheduler_.running()));
            }
            if (next_.empty() || tick_s <= next_.top().time_s) {
                now_s_ = std::max(now_s_, tick_s);
                tell(Tick{});
                continue;
            }
            const Next next = next_.top();
            next_.pop();
            now_s_ = next.time_s;
            happen(next);
        }
        return sum_up();
    }

private:
    enum class What { ended, committed, fails, returns };
    struct Next {
        double time_s;
        std::int64_t number;  ///< of equal times the earlier one first
        What what;
        std::size_t index;  ///< trial or node
        int attempt;
        bool operator>(const Next& other) const
        {
            return std::tie(time_s, number) > std::tie(other.time_s, other.number);
        }
    };
    struct Trial {
        std::string id;
        double duration_s, left_s;  ///< left: after what its checkpoints hold, start not included
        int epochs;
        double begun_s = 0;
        int attempt = 0;
        std::size_t node = 0;
        int slot = 0;
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
        const double devices = static_cast<double>(cluster_.nodes) * cluster_.devices_per_node;
        outcome_.lower_bound_s = std::max(outcome_.longest_s, outcome_.work_s / devices);
        before_bytes_ = bytes_in_use();  // the plans, which the machine takes over, are to count as its own
        for (const PlannedTrial& plan : plans) {
            before_bytes_ -= static_cast<std::int64_t>(sizeof plan + (plan.id.capacity() > 15 ? 32 : 0) +
                                                       (plan.configuration.capacity() > 15 ? 32 : 0));
        }
        return plans;
    }

    void at(double time_s, What what, std::size_t index, int attempt = 0)
    {
        next_.push({time_s, number_++, what, index, attempt});
    }

    void join(int number)
    {
        Node& node = nodes_[static_cast<std::size_t>(number)];
        if (next_rank_ >= cluster_.nodes) {
            outcome_.down_s += (now_s_ - node.failed_s) * cluster_.devices_per_node;
        }
        node.rank = next_rank_++;
        node.runs.assign(static_cast<std::size_t>(cluster_.devices_per_node), 0);
        messages_.add(now_s_, 1);
        if (cluster_.failures_per_node_day > 0) {
            at(now_s_ + exponential(random_, 86400 / cluster_.failures_per_node_day), What::fails,
               static_cast<std::size_t>(number), node.rank);
        }
        tell(RankJoined{node.rank, "n" + std::to_string(number), cluster_.devices_per_node, 0, {}});
    }

    void happen(const Next& next)
    {
        switch (next.what) {
        case What::ended: {
            Trial& trial = trials_[next.index];
            if (!trial.running || trial.attempt != next.attempt) {
                return;  // its node has failed meanwhile
            }
            trial.running = false;
            nodes_[trial.node].runs[static_cast<std::size_t>(trial.slot)] = 0;
            messages_.add(now_s_, 1);
            at(now_s_ + cluster_.commit_s, What::committed, next.index, next.attempt);
            tell(TrialEnded{trial.id, trial.attempt, Ending::done, {}});
            break;
        }
        case What::committed:
            rows_.add(now_s_, 1);
            trials_[next.index].done = true;
            ++outcome_.done;
            tell(Committed{trials_[next.index].id, next.attempt});
            break;
        case What::fails:
            fail(next);
            break;
        case What::returns:
            join(static_cast<int>(next.index));
            break;
        }
    }

    void fail(const Next& next)
    {
        Node& node = nodes_[next.index];
        if (node.rank != next.attempt) {
            return;
        }
        ++outcome_.node_failures;
        for (std::size_t& runs : node.runs) {
            if (runs == 0) {
                continue;
            }
            Trial& trial = trials_[runs - 1];
            runs = 0;
            trial.running = false;
            const double trained_s = std::max(now_s_ - trial.begun_s - cluster_.startup_s, 0.0);
            const double kept_s = std::floor(trained_s / cluster_.checkpoint_every_s) * cluster_.checkpoint_every_s;
            trial.left_s -= kept_s;
            outcome_.lost_s += trained_s - kept_s;
        }
        const int rank = std::exchange(node.rank, -1);
        node.failed_s = now_s_;
        if (cluster_.repair_s > 0) {
            at(now_s_ + cluster_.repair_s, What::returns, next.index);
        }
        tell(RankLost{rank, "failed"});
    }

    template <class Kind> void tell(Kind what)
    {
        ++outcome_.events;
        for (const Action& action : scheduler_.handle({now_s_, std::move(what)})) {
            std::visit([this](const auto& each) { act(each); }, action);
        }
    }

    void act(const Assign& assign)
    {
        const std::string& id = assign.assignment.trials.front();
        const Slot& slot = assign.assignment.slots.front();
        const std::size_t index = index_.at(id);
        Trial& trial = trials_[index];
        const auto number = static_cast<std::size_t>(std::stoi(slot.node.substr(1)));
        std::size_t& runs = nodes_.at(number).runs.at(static_cast<std::size_t>(slot.device));
        if (trial.running || trial.done || runs != 0 || nodes_[number].rank != assign.rank) {
            throw Error(fmt::format("the machine is wrong: at {:.0f} s it starts {} on {} device {}, {}", now_s_, id,
                                    slot.node, slot.device,
                                    trial.running ? "which runs already"
                                    : trial.done  ? "which is done"
                                    : runs != 0   ? "which is taken"
                                                  : "where that rank does not live"));
        }
        runs = index + 1;
        trial.running = true;
        trial.begun_s = now_s_;
        trial.attempt = assign.assignment.attempt;
        trial.node = number;
        trial.slot = slot.device;
        ++outcome_.attempts;
        messages_.add(now_s_, 2);  // the order, and that it has begun
        rows_.add(now_s_, 1);
        at(now_s_ + cluster_.startup_s + trial.left_s, What::ended, index, trial.attempt);
    }
    void act(const CommitResult&) {}
    void act(const Acknowledge&) { messages_.add(now_s_, 1); }
    void act(const Finished& finished)
    {
        finished_ = true;
        if (finished.done != static_cast<int>(trials_.size())) {
            throw Error(fmt::format("the machine is wrong: it ends with {} of {} trials done, {} failed, {} left",
                                    finished.done, trials_.size(), finished.failed, finished.left));
        }
    }
    template <class Other> void act(const Other&) {}

    SimulationOutcome sum_up()
    {
        outcome_.makespan_s = now_s_;
        for (const Node& node : nodes_) {
            if (node.rank >= 0) {
                outcome_.devices_at_end += cluster_.devices_per_node;
            } else {
                outcome_.down_s += (now_s_ - node.failed_s) * cluster_.devices_per_node;
            }
        }
        std::int64_t epochs = 0;
        for (const Trial& trial : trials_) {
            epochs += trial.epochs;
        }
        // Epochs come as evenly as trials that began at different times make them.
        const auto epochs_a_s = static_cast<std::int64_t>(static_cast<double>(epochs) / std::max(now_s_, 1.0));
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
    Scheduler scheduler_;
    std::vector<Node> nodes_;
    std::priority_queue<Next, std::vector<Next>, std::greater<>> next_;
    std::int64_t number_ = 0;
    int next_rank_ = 0;
    double now_s_ = 0;
    bool finished_ = false;
    Rate messages_, rows_;
};

/// Acklam's rational approximation of the standard normal's inverse, good to 1e-9.
double normal_quantile(double share)
{
    constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                            1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                            6.680131188771972e+01, -1.328068155288572e+01};
    constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                            -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
    const double tail = std::min(share, 1 - share);
    if (tail < 0.02425) {
        const double q = std::sqrt(-2 * std::log(tail));
        const double x = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
                         ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
        return share < 0.5 ? x : -x;
    }
    const double q = share - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace

double standard_normal(std::mt19937_64& random)
{
    const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; };
    return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform());
}

int EpochSpread::draw(double deviate) const
{
    const double least = std::min(patience + 1, most);
    const double beyond = std::max(median - least, 0.0) * std::exp(sigma * deviate);
    return static_cast<int>(std::lround(std::min<double>(least + beyond, most)));
}

double EpochSpread::quantile(double share) const
{
    return draw(normal_quantile(share));
}

double EpochSpread::mean() const
{
    constexpr int parts = 200;
    double sum = 0;
    for (int part = 0; part < parts; ++part) {
        sum += quantile((part + 0.5) / parts);
    }
    return sum / parts;
}

SimulationOutcome simulate(std::vector<SimulatedTrial> trials, const SimulatedCluster& cluster)
{
    if (cluster.nodes < 1 || cluster.devices_per_node < 1) {
        throw Error("a simulated cluster needs a node with a device");
    }
    return Simulation(std::move(trials), cluster).run();
}

std::vector<SimulatedTrial> paper_trials(int count, bool known, OrderBy order, unsigned seed)
{
    struct Configuration {
        std::string name;
        double epoch_s;
        EpochSpread spread;
        double expected_epochs;
    };
    std::vector<Configuration> configurations;
    for (const bool stft : {true, false}) {
        for (int ratio = 0; ratio <= 100; ratio += 25) {
            Configuration configuration{
                fmt::format("{}-r{}", stft ? "stft" : "cqt", ratio), (stft ? 50 : 14) * (1 + 0.2 * ratio / 25), {}, 0};
            configuration.spread.median = stft ? 72 : 257;
            const EpochSpread& spread = configuration.spread;
            configuration.expected_epochs = order == OrderBy::mean       ? spread.mean()
                                            : order == OrderBy::quantile ? spread.quantile(0.95)
                                                                         : spread.most;
            configurations.push_back(std::move(configuration));
        }
    }
    constexpr double startup_s = 10;
    std::mt19937_64 random(seed);
    std::vector<SimulatedTrial> trials;
    trials.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        const Configuration& configuration = configurations[static_cast<std::size_t>(i) % configurations.size()];
        SimulatedTrial& trial = trials.emplace_back();
        trial.epochs = configuration.spread.draw(standard_normal(random));
        trial.duration_s = startup_s + configuration.epoch_s * trial.epochs;
        trial.planned.id = fmt::format("{:016x}", static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U);
        trial.planned.configuration = configuration.name;
        trial.planned.expected =
            known ? trial.duration_s : startup_s + configuration.epoch_s * configuration.expected_epochs;
    }
    return trials;
}

}  // namespace attnsweep::scheduler
