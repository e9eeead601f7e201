#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace attnsweep::scheduler {

/// Keeps the ranks that live, by node, and the trials (by number) that each of them runs. Owned by one Scheduler, not
/// thread-safe.
class LiveRanks {
public:
    /// Returns false, and changes nothing, when the rank lives already.
    bool join(int rank, const std::string& node);

    struct Lost {
        std::string node;
        std::set<std::size_t> running;  ///< trials that it ran
        std::optional<int> neighbour;   ///< a rank of the same node that still lives
    };
    /// Forgets a rank. Returns nothing when it did not live.
    std::optional<Lost> lose(int rank);

    /// A trial begins on a rank that lives.
    void begin(int rank, std::size_t trial) { ranks_.at(rank).running.insert(trial); }
    /// A trial runs no more; on a rank that was lost meanwhile this changes nothing.
    void end(int rank, std::size_t trial);

    /// Returns the rank that runs the fewest trials of a node where one lives; of several the lowest.
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
