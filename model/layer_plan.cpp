#include "model/layer_plan.h"

#include <algorithm>

#include "configs/error.h"
#include "configs/network_rules.h"
#include "model/error.h"

namespace attnsweep::model {

namespace {

int halved(int size)
{
    return (size + 1) / 2;
}

}  // namespace

InputShape input_shape(const configs::DataIdentity& data_set)
{
    return {.frames = data_set.frames, .bins = data_set.bins, .classes = data_set.classes};
}

std::string name_of(const LayerPlan& layer)
{
    return "block" + std::to_string(layer.block) + "/conv" + std::to_string(layer.layer);
}

std::string name_of_pool(const LayerPlan& layer)
{
    return "block" + std::to_string(layer.block) + "/pool";
}

void validate(const configs::ModelSettings& settings, const InputShape& shape)
{
    try {
        configs::check_network(settings, {{}, shape.frames, shape.bins, shape.classes});
    } catch (const configs::Error& error) {
        throw Error(error.what());
    }
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
            plan.layers.push_back(
                {.block = block,
                 .layer = layer,
                 .in_channels = channels,
                 .filters = filters,
                 .attention = augmented ? configs::attention_filters(filters, settings.attention_ratio) : 0,
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
