#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/node/preflight.h"

namespace attnsweep::runner {

/// Rank 0's side of the preflight: hears from every rank, has one rank of each node look, and knows when all have. Pure.
class PreflightRound {
public:
    PreflightRound() = default;
    /// `asked_s`: rank 0's clock when it asked them, seconds since the epoch.
    PreflightRound(int ranks, double asked_s);

    /// True: this rank is the one that is to look at its node.
    bool hello(int rank, const std::string& node, double clock_s, double heard_s);
    void inspected(int rank, std::vector<Check> checks);
    /// The rank that is to look in its stead, if it was the one that did.
    std::optional<int> lost(int rank);
    /// Waits no longer: a node that has not answered is bad.
    void give_up(double waited_s);

    bool complete() const;
    std::vector<NodeReport> reports() const;  ///< by name
    std::vector<int> ranks_of(const std::string& node) const;

private:
    struct NodeState {
        std::set<int> ranks;
        int looks = -1;  ///< the rank
        std::vector<Check> clock;
        std::optional<std::vector<Check>> checks;
    };
    std::set<int> silent_;  ///< have not said hello
    double asked_s_ = 0;
    std::map<std::string, NodeState> nodes_;
};

}  // namespace attnsweep::runner
