#pragma once

#include <cstdint>
#include <vector>

#include "configs/trial_spec.h"

namespace attnsweep::model {

/// What goes into the network and comes out: one spectrogram of (frames, bins) in, `classes` logits out.
struct InputShape {
    int frames = 0;  ///< H, time
    int bins = 0;    ///< W, frequency
    int classes = 0;
};

InputShape input_shape(const configs::DataIdentity& data_set);

/// Attention's logits that are held at a time (attention.h): a constant, so that chunks, and with them every bit of a result,
/// depend on the shapes alone.
inline constexpr std::int64_t attention_chunk_bytes = 64 << 20;

/// One convolution layer (a block has two).
struct LayerPlan {
    int block = 1;  ///< from 1
    int layer = 1;  ///< within the block: 1 or 2
    int in_channels = 1;
    int filters = 0;    ///< F: all output channels
    int attention = 0;  ///< d_v = d_k of them come from attention; 0: a plain convolution
    int height = 0;     ///< H of its input and output
    int width = 0;      ///< W

    int convolution() const { return filters - attention; }  ///< output channels of the convolution; 0 when r = 1
    std::int64_t positions() const { return std::int64_t{height} * width; }
};

/// The network's shape, layer by layer: the one place that knows it. Torch-free.
struct NetworkPlan {
    std::vector<LayerPlan> layers;  ///< two a block, in order
    int flat = 0;                   ///< numbers a sample that enter the first dense layer (H, W, C order)
    std::vector<int> dense;         ///< widths of the dense layers, the classes last
};

/// Plans the network. Throws Error where the settings make none, as validate does.
NetworkPlan plan_network(const configs::ModelSettings& settings, const InputShape& shape);

/// Throws Error with key, value and expectation where the settings make no network on spectrograms of that shape. Asserts
/// the rules of configs/network_rules.h, which a sweep file is checked by with line and column.
void validate(const configs::ModelSettings& settings, const InputShape& shape);

}  // namespace attnsweep::model
