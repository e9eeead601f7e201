#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace attnsweep::scheduler {

/// Tracks the live ranks, by node, and the trials (by number) that each of them runs. Owned by one Scheduler, not
/// thread-safe.
class LiveRanks {
public:
    /// Adds a rank. Returns false, and changes nothing, when it is live already.
    bool join(int rank, const std::string& node);

    struct Lost {
        std::string node;
        std::set<std::size_t> running;  ///< trials that it ran
        std::optional<int> neighbour;   ///< a live rank of the same node
    };
    /// Removes a rank. Returns nullopt when it was not live.
    std::optional<Lost> lose(int rank);

    /// Records that a trial starts on a live rank.
    void begin(int rank, std::size_t trial) { ranks_.at(rank).running.insert(trial); }
    /// Records that a trial no longer runs; does nothing if the rank has been lost.
    void end(int rank, std::size_t trial);

    /// Returns the rank that runs the fewest trials of a node with a live rank; on a tie the lowest.
    int idlest(const std::string& node) const;
    std::vector<int> busy() const;  ///< those that run a trial, in ascending order
    bool empty() const { return ranks_.empty(); }

private:
    struct Rank {
        std::string node;
        std::set<std::size_t> running;
    };
    std::map<int, Rank> ranks_;
    std::unordered_map<std::string, std::set<int>> nodes_;  // every node ever seen
};

}  // namespace attnsweep::scheduler
