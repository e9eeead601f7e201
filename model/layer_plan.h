#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/trial_spec.h"

namespace attnsweep::model {

/// The network's input and output: one spectrogram of (frames, bins), logits of `classes`.
struct InputShape {
    int frames = 0;  ///< H, time
    int bins = 0;    ///< W, frequency
    int classes = 0;
};

InputShape input_shape(const configs::DataIdentity& data_set);

/// Bytes of attention logits held at a time (attention.h): a constant, so that chunks, and thereby every bit of a
/// result, depend only on the shapes.
inline constexpr std::int64_t attention_chunk_bytes = 64 << 20;

/// One convolution layer (a block has two).
struct LayerPlan {
    int block = 1;  ///< from 1
    int layer = 1;  ///< within the block: 1 or 2
    int in_channels = 1;
    int filters = 0;    ///< F: all output channels
    int attention = 0;  ///< d_v = d_k, those of them from attention; 0: a plain convolution
    int height = 0;     ///< H of its input and output
    int width = 0;      ///< W

    int convolution() const { return filters - attention; }  ///< output channels of the convolution; 0 when r = 1
    std::int64_t positions() const { return std::int64_t{height} * width; }
};

/// Return the names by which weights, messages and profiles call a layer: `block4/conv1`, and the pooling after it `block4/pool`.
std::string name_of(const LayerPlan& layer);
std::string name_of_pool(const LayerPlan& layer);

/// The network's shape, layer by layer; computed only here. Torch-free.
struct NetworkPlan {
    std::vector<LayerPlan> layers;  ///< two per block, in order
    int flat = 0;                   ///< inputs of the first dense layer per sample (H, W, C order)
    std::vector<int> dense;         ///< widths of the dense layers, the classes last
};

/// Plans the network. Throws Error, as validate does, when the settings are not valid for the shape.
NetworkPlan plan_network(const configs::ModelSettings& settings, const InputShape& shape);

/// Throws Error, naming key, value and expectation, when the settings are not valid for spectrograms of that shape.
/// Checks the rules of configs/network_rules.h, against which a sweep file is checked with line and column.
void validate(const configs::ModelSettings& settings, const InputShape& shape);

}  // namespace attnsweep::model
