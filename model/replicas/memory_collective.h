#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// The collective of replicas on the CPU: each adds up its part of the numbers, in the order of the replicas, and writes the sums
/// to all. An exchange takes two rounds of waiting and copies nothing.
class MemoryCollective : public Collective {
public:
    /// `limit`: how long a replica waits for the others.
    MemoryCollective(int replicas, std::chrono::milliseconds limit);

    int replicas() const override { return static_cast<int>(arrived_.size()); }
    void sum(int replica, const std::vector<at::Tensor>& tensors) override;
    void abort(const std::string& why) override;

    /// Waits until all replicas are here. Throws as sum() does.
    void meet(int replica);

private:
    /// Returns what does not fit together, in words.
    std::optional<std::string> find_misfit() const;
    std::string missing_in_words() const;

    const std::chrono::milliseconds limit_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bool> arrived_;
    std::vector<std::vector<at::Tensor>>
        given_;  // by replica; kept, since one that gives up must not free what others still read
    std::uint64_t meeting_ = 0;
    std::optional<std::string> aborted_;
};

}  // namespace attnsweep::model
