#pragma once

#include <functional>
#include <memory>
#include <string>

#include <torch/types.h>

#include "model/instrument_net.h"
#include "model/optimizer.h"
#include "runner/protocol.h"
#include "runner/trial/trial_data.h"

namespace attnsweep::runner {

/// Holds what an order asks to train: its clips, and the network with its first weights on its device. Neither copied nor moved.
struct PreparedTrial {
    /// Sets libtorch's threads and precision: once per process. Writes to `execution` before it opens the data, so that a failure
    /// there has it. Logs which classes have no clip to train on. Throws data::Error, model::Error, and Error.
    PreparedTrial(const TrialOrder& order, configs::ExecutionRecord& execution,
                  const std::function<void(const std::string&)>& log);

    c10::Device device;
    TrialData data;
    model::InstrumentNet net;
    std::unique_ptr<model::Optimizer> optimizer;
    at::Tensor class_weights;  ///< (classes) on the device; undefined: none
};

}  // namespace attnsweep::runner
