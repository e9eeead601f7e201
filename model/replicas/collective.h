#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

#include "model/error.h"

namespace attnsweep::model {

/// Says that an exchange was given up because another replica failed, which has an exception of its own.
class ExchangeAborted : public Error {
public:
    using Error::Error;
};

/// Says that a replica did not come to an exchange, or did not end a step, within the time limit: it hangs.
class ReplicaStalled : public Error {
public:
    using Error::Error;
};

/// Exchanges tensors among the replicas that train one trial: threads of one process, each with a device or cores of its own. One
/// contract for all implementations (tests/model/replicas/collective_test.cpp): in memory for CPUs (memory_collective.h), NCCL for
/// GPUs.
class Collective {
public:
    Collective() = default;
    virtual ~Collective() = default;
    Collective(const Collective&) = delete;
    Collective& operator=(const Collective&) = delete;

    virtual int replicas() const = 0;

    /// Replaces the numbers of each tensor (float32 or float64, without gaps in memory) by their sum over the replicas: the same
    /// bits for all replicas and in every run; on three or more GPUs in every run on the same GPUs, since NCCL orders its ring by what
    /// connects them, and only with NCCL's ring (unless the user's NCCL_ALGO says otherwise). Each replica (from 0) calls it in a
    /// thread of its own, all in the same order and with tensors of equal shapes, strides and types. Returns when the sums are
    /// there, on a GPU when they are queued on the current stream. Throws ReplicaStalled naming the replicas that do not come within the time limit, ExchangeAborted after
    /// abort(), Error where the tensors do not fit.
    virtual void sum(int replica, const std::vector<at::Tensor>& tensors) = 0;

    /// Makes all calls of sum(), waiting and to come, throw ExchangeAborted saying `why`; the first call counts. From any thread.
    virtual void abort(const std::string& why) = 0;

    /// Throws what went wrong with an exchange after its sum() had returned, on a GPU; call it once the host has waited for all that
    /// is queued, before what was computed counts.
    virtual void check() {}
};

}  // namespace attnsweep::model
