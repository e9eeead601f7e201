#include "scheduler/live_ranks.h"

#include <algorithm>
#include <utility>

namespace attnsweep::scheduler {

bool LiveRanks::join(int rank, const std::string& node)
{
    if (!ranks_.emplace(rank, Rank{node, {}}).second) {
        return false;
    }
    nodes_[node].insert(rank);
    return true;
}

std::optional<LiveRanks::Lost> LiveRanks::lose(int rank)
{
    const auto found = ranks_.find(rank);
    if (found == ranks_.end()) {
        return std::nullopt;
    }
    Lost lost{std::move(found->second.node), std::move(found->second.running), {}};
    ranks_.erase(found);
    std::set<int>& living = nodes_.at(lost.node);
    living.erase(rank);
    if (!living.empty()) {
        lost.neighbour = *living.begin();
    }
    return lost;
}

void LiveRanks::end(int rank, std::size_t trial)
{
    if (const auto found = ranks_.find(rank); found != ranks_.end()) {
        found->second.running.erase(trial);
    }
}

int LiveRanks::idlest(const std::string& node) const
{
    const std::set<int>& living = nodes_.at(node);
    return *std::min_element(living.begin(), living.end(),
                             [&](int a, int b) { return ranks_.at(a).running.size() < ranks_.at(b).running.size(); });
}

std::vector<int> LiveRanks::busy() const
{
    std::vector<int> numbers;
    for (const auto& [number, rank] : ranks_) {
        if (!rank.running.empty()) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

}  // namespace attnsweep::scheduler
