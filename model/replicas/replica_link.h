#pragma once

#include <cstdint>
#include <vector>

#include "model/replicas/collective.h"

namespace attnsweep::model {

/// Holds what one replica needs to train its share of a batch together with the others. Owned by its ReplicaTeam.
struct ReplicaLink {
    Collective& collective;
    int replica = 0;
    /// False for a batch with fewer samples than there are replicas: each computes all of it by itself, and replica 0's gradients
    /// count.
    bool shares_batch = true;
    std::int64_t batch_samples = 0;  ///< of all shares
    double batch_weight = 0;         ///< the samples' weights in the loss, added up over all shares

    bool counts() const { return shares_batch || replica == 0; }  ///< its loss and gradients are part of the sums
    void sum(const std::vector<at::Tensor>& tensors) const { collective.sum(replica, tensors); }
};

}  // namespace attnsweep::model
