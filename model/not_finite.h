#pragma once

#include <cstdint>
#include <string>

#include "configs/trial_spec.h"
#include "model/instrument_net.h"

namespace attnsweep::model {

/// Says where in a forward pass the first number stands that is NaN or infinite.
struct NotFinite {
    enum class Where { clip, weight, layer, loss };
    Where where = Where::loss;  ///< loss: every output is finite, the cross-entropy of the logits is not
    std::int64_t clip = 0;      ///< clip: its number within the batch, from 0
    std::string name;  ///< weight: of named_tensors; layer: `block4/conv1`, `block4/conv1 (attention)`, `dense2`
    double value = 0;  ///< NaN or an infinity; loss: NaN
};

/// Runs the forward pass of a batch whose loss is not finite again, in training or in inference mode, without gradients.
/// Moving statistics count as weights in inference mode alone: in training mode they take no part.
NotFinite find_not_finite(InstrumentNet& net, const at::Tensor& batch, configs::Precision precision, bool is_training);

}  // namespace attnsweep::model
