#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "configs/trial_spec.h"
#include "data/batch_loader.h"
#include "model/instrument_net.h"
#include "runner/trial/trial_data.h"

namespace attnsweep::runner {

/// Names a batch whose loss is NaN or infinite.
struct BadBatch {
    std::string what;          ///< begins the message: "the training loss in epoch 3"
    std::int64_t index = 0;    ///< of the loader's batches
    double loss = 0;           ///< its own, or that of a sum it belongs to
    bool is_training = false;  ///< whether the loss is that of a pass in training mode
    /// The batch after which the loss was read (execution.late_losses, step_graph): the weights that gave it are gone. Nothing: they are there.
    std::optional<std::int64_t> read_after = {};
};

/// Throws a NamedFailure of kind "nan" that says where the first number stands that is not finite (a clip, a weight, a layer's
/// output, the loss alone), what may help, and which clips the batch has. Runs the forward pass again: unless the loss was read late,
/// `net` must still have the weights that gave it. Of one that was read late only a clip is named, or how to have the rest named.
[[noreturn]] void throw_bad_loss(const BadBatch& bad, const data::BatchLoader& loader, const TrialData& data,
                                 model::InstrumentNet& net, configs::Precision precision);

}  // namespace attnsweep::runner
