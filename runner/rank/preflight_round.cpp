#include "runner/rank/preflight_round.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace attnsweep::runner {

PreflightRound::PreflightRound(int ranks, double asked_s) : asked_s_(asked_s)
{
    for (int rank = 0; rank < ranks; ++rank) {
        silent_.insert(rank);
    }
}

bool PreflightRound::hello(int rank, const std::string& host, const std::vector<std::string>& gpus, double clock_s,
                           double heard_s)
{
    if (silent_.erase(rank) == 0) {
        return false;
    }
    NodeState& state = nodes_[{host, {gpus.begin(), gpus.end()}}];
    state.ranks.insert(rank);
    if (state.looks >= 0) {
        return false;
    }
    state.looks = rank;
    state.clock = {clock_check(asked_s_, clock_s, heard_s)};
    return true;
}

void PreflightRound::inspected(int rank, std::vector<Check> checks, std::vector<Gpu> gpus)
{
    for (auto& [key, node] : nodes_) {
        if (node.looks == rank && !node.checks) {
            node.checks = std::move(checks);
            node.gpus = std::move(gpus);
            return;  // a rank inspects only its own node
        }
    }
}

std::optional<int> PreflightRound::lost(int rank)
{
    silent_.erase(rank);
    std::optional<int> next;
    for (auto& [key, node] : nodes_) {
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
        const std::string name = fmt::format("rank {}", rank);
        nodes_[{name, {}}] = {{}, -1, {}, std::vector<Check>{late(name)}, {}};
    }
    for (auto& [key, node] : nodes_) {
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

std::vector<PreflightRound::Inspected> PreflightRound::nodes() const
{
    std::map<std::string, int> parts, with_gpus, named, shares;  // by host
    for (const auto& [key, node] : nodes_) {
        ++parts[key.first];
        with_gpus[key.first] += key.second.empty() ? 0 : 1;
    }
    std::vector<Inspected> all;
    std::set<std::pair<std::string, std::string>> taken;  // host, UUID
    for (const auto& [key, node] : nodes_) {
        const std::string& host = key.first;
        Inspected& one = all.emplace_back();
        one.ranks = {node.ranks.begin(), node.ranks.end()};
        one.report.node = parts[host] == 1 ? host : fmt::format("{}/{}", host, ++named[host]);
        one.report.checks = node.checks.value_or(std::vector<Check>{});
        one.report.checks.insert(one.report.checks.end(), node.clock.begin(), node.clock.end());
        std::copy_if(node.gpus.begin(), node.gpus.end(), std::back_inserter(one.report.gpus),
                     [&](const Gpu& gpu) { return taken.insert({host, gpu.uuid}).second; });
        if (key.second.empty() && with_gpus[host] > 0) {
            one.left_out = "it sees no GPU, other ranks of its host do";
        } else if (one.report.gpus.empty() && !node.gpus.empty()) {
            one.left_out = "other ranks of its host use the GPUs that it sees";
        } else {
            one.part = shares[host]++;  // those that are left out take no share of the host
        }
    }
    auto one = all.begin();
    for (const auto& [key, node] : nodes_) {
        (one++)->parts = std::max(shares[key.first], 1);
    }
    return all;
}

}  // namespace attnsweep::runner
