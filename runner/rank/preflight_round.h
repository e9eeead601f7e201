#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/node/preflight.h"

namespace attnsweep::runner {

/// Collects the preflight on rank 0: registers every rank, chooses one rank per node to inspect it, and knows when all have
/// answered. Without I/O or a clock.
class PreflightRound {
public:
    PreflightRound() = default;
    /// `asked_s`: rank 0's clock when it asked the ranks, seconds since the epoch.
    PreflightRound(int ranks, double asked_s);

    /// Returns whether this rank is to inspect its node.
    bool hello(int rank, const std::string& node, double clock_s, double heard_s);
    void inspected(int rank, std::vector<Check> checks);
    /// Returns the rank that is to inspect the node instead, if the lost rank was the one inspecting it.
    std::optional<int> lost(int rank);
    /// Stops waiting: a node that has not answered is bad.
    void give_up(double waited_s);

    bool complete() const;
    std::vector<NodeReport> reports() const;  ///< by name
    std::vector<int> ranks_of(const std::string& node) const;

private:
    struct NodeState {
        std::set<int> ranks;
        int looks = -1;  ///< the rank that inspects it
        std::vector<Check> clock;
        std::optional<std::vector<Check>> checks;
    };
    std::set<int> silent_;  ///< ranks that have not sent RankHello
    double asked_s_ = 0;
    std::map<std::string, NodeState> nodes_;
};

}  // namespace attnsweep::runner
