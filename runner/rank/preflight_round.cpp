#include "runner/rank/preflight_round.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace attnsweep::runner {

PreflightRound::PreflightRound(int ranks, double asked_s) : asked_s_(asked_s)
{
    for (int rank = 0; rank < ranks; ++rank) {
        silent_.insert(rank);
    }
}

bool PreflightRound::hello(int rank, const std::string& node, double clock_s, double heard_s)
{
    if (silent_.erase(rank) == 0) {
        return false;
    }
    NodeState& state = nodes_[node];
    state.ranks.insert(rank);
    if (state.looks >= 0) {
        return false;
    }
    state.looks = rank;
    state.clock = {clock_check(asked_s_, clock_s, heard_s)};
    return true;
}

void PreflightRound::inspected(int rank, std::vector<Check> checks)
{
    for (auto& [name, node] : nodes_) {
        if (node.looks == rank && !node.checks) {
            node.checks = std::move(checks);
        }
    }
}

std::optional<int> PreflightRound::lost(int rank)
{
    silent_.erase(rank);
    std::optional<int> next;
    for (auto& [name, node] : nodes_) {
        node.ranks.erase(rank);
        if (node.looks != rank || node.checks) {
            continue;
        }
        node.looks = node.ranks.empty() ? -1 : *node.ranks.begin();
        if (node.looks >= 0) {
            next = node.looks;
        }
    }
    std::erase_if(nodes_, [](const auto& node) { return node.second.ranks.empty(); });
    return next;
}

void PreflightRound::give_up(double waited_s)
{
    const auto late = [&](const std::string& what) {
        return Check{"node",
                     "no answer",
                     Check::Verdict::bad,
                     fmt::format("{} has not answered within {:.0f} s", what, waited_s),
                     "check that node for a file system that hangs, or a rank that is stopped",
                     exit_failed};
    };
    for (const int rank : std::exchange(silent_, {})) {
        nodes_[fmt::format("rank {}", rank)] = {{}, -1, {}, std::vector<Check>{late(fmt::format("rank {}", rank))}};
    }
    for (auto& [name, node] : nodes_) {
        if (!node.checks) {
            node.checks = {late("it")};
        }
    }
}

bool PreflightRound::complete() const
{
    return silent_.empty() &&
           std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node.second.checks.has_value(); });
}

std::vector<NodeReport> PreflightRound::reports() const
{
    std::vector<NodeReport> all;
    for (const auto& [name, node] : nodes_) {
        all.push_back({name, node.checks.value_or(std::vector<Check>{})});
        all.back().checks.insert(all.back().checks.end(), node.clock.begin(), node.clock.end());
    }
    return all;
}

std::vector<int> PreflightRound::ranks_of(const std::string& node) const
{
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? std::vector<int>{}
                                 : std::vector<int>(found->second.ranks.begin(), found->second.ranks.end());
}

}  // namespace attnsweep::runner
