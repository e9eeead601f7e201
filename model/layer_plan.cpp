#include "model/layer_plan.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "model/error.h"

namespace attnsweep::model {

namespace {

template <typename Value>
[[noreturn]] void refuse(const std::string& key, const Value& value, const std::string& expectation)
{
    std::ostringstream message;
    message << key << " = " << value << ": " << expectation;
    throw Error(message.str());
}

template <typename Value>
void require(bool holds, const std::string& key, const Value& value, const std::string& expectation)
{
    if (!holds) {
        refuse(key, value, expectation);
    }
}

constexpr int max_blocks = 16;
constexpr std::int64_t max_width = 1 << 20;  // of any layer: far beyond use, and no product below overflows

int halved(int size)
{
    return (size + 1) / 2;
}

void validate_attention(const configs::ModelSettings& settings)
{
    require(settings.attention_ratio >= 0 && settings.attention_ratio <= 1, "model.attention_ratio",
            settings.attention_ratio, "expected a share of the filters, 0 to 1");
    require(settings.heads >= 1, "model.heads", settings.heads, "expected 1 or more");
    std::set<int> seen;
    for (const int block : settings.augmented_blocks) {
        require(block >= 1 && block <= settings.blocks, "model.augmented_blocks", block,
                "expected blocks from 1 to model.blocks = " + std::to_string(settings.blocks));
        require(seen.insert(block).second, "model.augmented_blocks", block, "a block stands there twice");
        const int filters = settings.first_filters << (block - 1);
        const int attention = attention_filters(filters, settings.attention_ratio);
        if (settings.attention_ratio > 0 && (attention < settings.heads || attention % settings.heads != 0)) {
            std::ostringstream why;
            why << "int(attention_ratio x filters) = " << attention << " of the " << filters << " filters of block "
                << block << " cannot be split into " << settings.heads
                << " heads; choose ratio, model.first_filters and model.heads so that each head gets 1, 2, ... whole "
                   "filters";
            refuse("model.attention_ratio", settings.attention_ratio, why.str());
        }
    }
}

}  // namespace

InputShape input_shape(const configs::DataIdentity& data_set)
{
    return {.frames = data_set.frames, .bins = data_set.bins, .classes = data_set.classes};
}

int attention_filters(int filters, double ratio)
{
    return static_cast<int>(ratio * filters);
}

void validate(const configs::ModelSettings& settings, const InputShape& shape)
{
    require(shape.frames >= 1 && shape.frames <= max_width, "data set's frames", shape.frames, "expected 1 or more");
    require(shape.bins >= 1 && shape.bins <= max_width, "data set's bins", shape.bins, "expected 1 or more");
    require(shape.classes >= 2 && shape.classes <= max_width, "data set's classes", shape.classes,
            "expected 2 or more: one class cannot be told from another");
    require(settings.blocks >= 1 && settings.blocks <= max_blocks, "model.blocks", settings.blocks,
            "expected 1 to " + std::to_string(max_blocks));
    require(settings.first_filters >= 1, "model.first_filters", settings.first_filters, "expected 1 or more");
    require((std::int64_t{settings.first_filters} << (settings.blocks - 1)) <= max_width, "model.first_filters",
            settings.first_filters, "doubled in each block this is too wide; expected fewer filters or blocks");
    require(settings.kernel_size >= 1 && settings.kernel_size % 2 == 1 && settings.kernel_size <= 99,
            "model.kernel_size", settings.kernel_size, "expected an odd size, 1 to 99");
    for (const int size : settings.dense_sizes) {
        require(size >= 1 && size <= max_width, "model.dense_sizes", size, "expected widths of 1 or more");
    }
    require(settings.batch_norm_momentum >= 0 && settings.batch_norm_momentum < 1, "model.batch_norm_momentum",
            settings.batch_norm_momentum, "expected 0 or more and less than 1 (Keras' sense: the share kept)");
    require(settings.batch_norm_epsilon > 0 && std::isfinite(settings.batch_norm_epsilon), "model.batch_norm_epsilon",
            settings.batch_norm_epsilon, "expected more than 0");
    require(settings.kernel_stddev >= 0 && std::isfinite(settings.kernel_stddev), "model.kernel_stddev",
            settings.kernel_stddev, "expected 0 or more");
    validate_attention(settings);

    int height = shape.frames, width = shape.bins;
    for (int block = 1; block <= settings.blocks; ++block) {
        if (height == 1 && width == 1) {
            refuse("model.blocks", settings.blocks,
                   "too many poolings for spectrograms of " + std::to_string(shape.frames) + " x " +
                       std::to_string(shape.bins) + ": after block " + std::to_string(block - 1) +
                       " one position is left; expected at most " + std::to_string(block - 1) + " blocks");
        }
        height = halved(height);
        width = halved(width);
    }
    const std::int64_t flat =
        std::int64_t{height} * width * (std::int64_t{settings.first_filters} << (settings.blocks - 1));
    require(flat <= (std::int64_t{1} << 30), "model.first_filters", settings.first_filters,
            "the first dense layer would see " + std::to_string(flat) +
                " numbers; expected fewer filters or more blocks");
}

NetworkPlan plan_network(const configs::ModelSettings& settings, const InputShape& shape)
{
    validate(settings, shape);
    NetworkPlan plan;
    int height = shape.frames, width = shape.bins, channels = 1;
    for (int block = 1; block <= settings.blocks; ++block) {
        const int filters = settings.first_filters << (block - 1);
        const bool augmented = std::find(settings.augmented_blocks.begin(), settings.augmented_blocks.end(), block) !=
                               settings.augmented_blocks.end();
        for (int layer = 1; layer <= 2; ++layer) {
            plan.layers.push_back({.block = block,
                                   .layer = layer,
                                   .in_channels = channels,
                                   .filters = filters,
                                   .attention = augmented ? attention_filters(filters, settings.attention_ratio) : 0,
                                   .height = height,
                                   .width = width});
            channels = filters;
        }
        height = halved(height);
        width = halved(width);
    }
    plan.flat = height * width * channels;
    plan.dense = settings.dense_sizes;
    plan.dense.push_back(shape.classes);
    return plan;
}

}  // namespace attnsweep::model
