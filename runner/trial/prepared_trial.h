#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "model/replicas/replica_team.h"
#include "runner/protocol.h"
#include "runner/trial/batch_supply.h"
#include "runner/trial/checkpoint.h"
#include "runner/trial/trial_data.h"

namespace attnsweep::runner {

/// Holds what an order asks to train: its clips, and the network with its first weights on its device, as often as it has replicas.
/// Neither copied nor moved.
struct PreparedTrial {
    /// Sets libtorch's threads and precision: once per process. Writes to `execution` before it opens the data, so that a failure
    /// there has it. Logs which classes have no clip to train on. Throws data::Error, model::Error, and Error.
    PreparedTrial(const TrialOrder& order, configs::ExecutionRecord& execution,
                  const std::function<void(const std::string&)>& log);

    /// Reads the clips of all sets into the device's memory where the order wants them there, of one that `is_trained` only the test set.
    /// Calls `goes_on` before each batch; returns false once that returned false. Throws as BatchSupply::keep does.
    bool keep_clips(bool is_trained, const std::function<bool()>& goes_on,
                    const std::function<void(const std::string&)>& log);

    /// Restores all replicas from a checkpoint. Returns and throws as restore_network() does.
    std::string restore(const Checkpoint& checkpoint);
    /// Gives all replicas these weights (model::to_bytes).
    void use_weights(const std::string& weights);

    c10::Device device;
    TrialData data;
    BatchSupply supply;
    model::InstrumentNet net;  ///< replica 0, as are the next two
    std::unique_ptr<model::Optimizer> optimizer;
    at::Tensor class_weights;  ///< (classes) on the device; undefined: none
    struct Other {
        std::unique_ptr<model::InstrumentNet> net;
        std::unique_ptr<model::Optimizer> optimizer;
    };
    std::vector<Other> others;               ///< replicas from 1 on
    std::optional<model::ReplicaTeam> team;  ///< trains and evaluates with all; always there
};

}  // namespace attnsweep::runner
