#pragma once

#include <vector>

#include <torch/types.h>

#include "data/batch_loader.h"
#include "model/instrument_net.h"

namespace attnsweep::runner {

/// Views a batch's spectrograms as a tensor (N, frames, bins) and its labels as one of (N): the memory is the batch's, which
/// must outlive them. Throws Error if the spectrograms do not have that shape.
at::Tensor values_of(data::Batch& batch, const model::InputShape& shape);
at::Tensor labels_of(data::Batch& batch);

/// Returns the weights of the classes as a float32 tensor (classes) on the device; undefined if there are none.
at::Tensor tensor_of(const std::vector<double>& class_weights, const c10::Device& device);

}  // namespace attnsweep::runner
