#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runner/node/preflight.h"

namespace attnsweep::runner {

/// Collects the preflight on rank 0: registers every rank, chooses one rank per node to inspect it, and knows when all have
/// answered. Ranks of one host that see different GPUs (srun --gpus-per-task) are nodes of their own, each a part of the host: none can
/// start a trial on the others' GPUs. Without I/O or a clock.
class PreflightRound {
public:
    /// A node: what was found on it, its ranks, and which part of how many of its host it is.
    struct Inspected {
        NodeReport report;
        std::vector<int> ranks;
        int part = 0, parts = 1;
        std::string left_out;  ///< why it has nothing to run on: other parts of its host have the GPUs; empty: it has
    };

    PreflightRound() = default;
    /// `asked_s`: rank 0's clock when it asked the ranks, seconds since the epoch.
    PreflightRound(int ranks, double asked_s);

    /// Returns whether this rank is to inspect its node. `gpus`: UUIDs of those it sees.
    bool hello(int rank, const std::string& host, const std::vector<std::string>& gpus, double clock_s, double heard_s);
    /// `gpus`: those that trials can use.
    void inspected(int rank, std::vector<Check> checks, std::vector<Gpu> gpus);
    /// Returns the rank that is to inspect the node instead, if the lost rank was the one inspecting it.
    std::optional<int> lost(int rank);
    /// Stops waiting: a node that has not answered is bad.
    void give_up(double waited_s);

    bool complete() const;
    std::vector<Inspected> nodes() const;  ///< by host; a GPU that several nodes of a host see is the first one's

private:
    struct NodeState {
        std::set<int> ranks;
        int looks = -1;  ///< the rank that inspects it
        std::vector<Check> clock;
        std::optional<std::vector<Check>> checks;
        std::vector<Gpu> gpus;
    };
    using Key = std::pair<std::string, std::set<std::string>>;  ///< host, UUIDs of the GPUs that its ranks see
    std::set<int> silent_;                                      ///< ranks that have not sent RankHello
    double asked_s_ = 0;
    std::map<Key, NodeState> nodes_;
};

}  // namespace attnsweep::runner
