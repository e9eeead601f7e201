#pragma once

#include <string>

#include "comparison.h"
#include "configs/sweep.h"
#include "golden_file.h"

namespace attnsweep::golden {

/// Each checks one group of a golden file; throws Error where the group lacks something.

/// `samples` -> STFT and CQT magnitudes. Geometry from the file's attributes, the paper's where there are none. `file` is the whole file.
void check_spectrograms(const Group& clip, const Group& file, Comparison& comparison);
/// One augmented layer on a device, its attention computed in that way: outputs, gradients.
void check_attention(const Group& layer, configs::AttentionImplementation attention, const std::string& device,
                     Comparison& comparison);
/// A network: inference, six steps of training, what changed.
void check_network(const Group& network, configs::AttentionImplementation attention, const std::string& device,
                   Comparison& comparison);

}  // namespace attnsweep::golden
