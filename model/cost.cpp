#include "model/cost.h"

#include <algorithm>

#include "configs/error.h"
#include "configs/network_rules.h"
#include "model/error.h"

namespace attnsweep::model {

namespace {

constexpr std::int64_t float_bytes = 4;

struct Counts {
    std::int64_t parameters = 0;
    std::int64_t statistics = 0;
    double forward_flops = 0;  // per sample
    double first_layer_flops = 0;
};

// One convolution layer. d_v = d_k throughout, so q, k, v are 3 d_v channels.
void count_layer(const LayerPlan& layer, int heads, int kernel_size, Counts& counts)
{
    const std::int64_t in = layer.in_channels, conv = layer.convolution(), attention = layer.attention;
    const std::int64_t taps = std::int64_t{kernel_size} * kernel_size;
    const double positions = static_cast<double>(layer.positions());
    double multiply_adds = 0;
    if (conv > 0) {
        counts.parameters += taps * in * conv + conv;
        multiply_adds += positions * static_cast<double>(taps * in * conv);
    }
    if (attention > 0) {
        const std::int64_t offsets = (2 * layer.height - 1) + (2 * layer.width - 1);
        counts.parameters += in * 3 * attention + 3 * attention;  // to q, k, v
        counts.parameters += attention * attention + attention;   // heads joined
        counts.parameters += offsets * (attention / heads);       // relative encodings
        multiply_adds += positions * static_cast<double>(in * 3 * attention + attention * attention);
        multiply_adds += positions * static_cast<double>(offsets * attention);        // relative logits
        multiply_adds += positions * positions * static_cast<double>(2 * attention);  // q k^T, weighted v
    }
    counts.parameters += 2 * std::int64_t{layer.filters};  // gamma, beta
    counts.statistics += 2 * std::int64_t{layer.filters};  // moving mean and variance
    counts.forward_flops += 2 * multiply_adds;
    if (layer.block == 1 && layer.layer == 1) {
        counts.first_layer_flops = 2 * multiply_adds;
    }
}

Counts count(const NetworkPlan& plan, const configs::ModelSettings& settings)
{
    Counts counts;
    for (const LayerPlan& layer : plan.layers) {
        count_layer(layer, settings.heads, settings.kernel_size, counts);
    }
    std::int64_t in = plan.flat;
    for (const int out : plan.dense) {
        counts.parameters += in * out + out;
        counts.forward_flops += 2.0 * static_cast<double>(in * out);
        in = out;
    }
    return counts;
}

std::int64_t logits_bytes(const LayerPlan& layer, int heads, int batch)
{
    return layer.attention == 0 ? 0 : float_bytes * batch * heads * layer.positions() * layer.positions();
}

// Returns the bytes kept from forward for backward: each layer's output before batch norm and after ReLU (the next
// one's input); the pooled map and its 8-byte indices; q, k, v. In addition four copies of the largest map while
// backward is at it.
std::int64_t activation_bytes(const NetworkPlan& plan, int batch)
{
    std::int64_t bytes = 0, largest = 0;
    for (const LayerPlan& layer : plan.layers) {
        const std::int64_t map = layer.positions() * layer.filters;
        largest = std::max(largest, float_bytes * map);
        bytes += float_bytes * 2 * map;
        if (layer.layer == 2) {
            bytes += (float_bytes + 8) * map / 4;
        }
        bytes += float_bytes * layer.positions() * layer.attention * 6;  // qkv by channel, and by head
    }
    return (bytes + 4 * largest) * batch;
}

// Returns the bytes of tiled attention beside its inputs and outputs: two floats a row, kept for backward, and the gradients of the
// encodings head by head (tiled_attention.h).
std::int64_t tiled_memory_bytes(const NetworkPlan& plan, int heads, int batch)
{
    std::int64_t kept = 0, largest = 0;
    for (const LayerPlan& layer : plan.layers) {
        if (layer.attention > 0) {
            kept += float_bytes * 2 * batch * heads * layer.positions();
            largest = std::max(largest, float_bytes * batch * 2 * (layer.height + layer.width) * layer.attention);
        }
    }
    return kept + largest;
}

// Returns the bytes of chunked attention's weights: kept if a layer's fit into a chunk, else recomputed; three chunks are alive
// in backward.
std::int64_t chunked_memory_bytes(const NetworkPlan& plan, int heads, int batch)
{
    std::int64_t kept = 0, chunk = 0;
    for (const LayerPlan& layer : plan.layers) {
        const std::int64_t whole = logits_bytes(layer, heads, batch);
        kept += whole <= attention_chunk_bytes ? whole : 0;
        chunk = std::max({chunk, std::min(whole, attention_chunk_bytes), whole / batch});
    }
    return kept + 3 * chunk;
}

std::int64_t attention_memory_bytes(const NetworkPlan& plan, int heads, int batch,
                                    configs::AttentionImplementation attention)
{
    switch (attention) {
    case configs::AttentionImplementation::tiled:
        return tiled_memory_bytes(plan, heads, batch);
    case configs::AttentionImplementation::automatic:
    case configs::AttentionImplementation::chunked:
        return chunked_memory_bytes(plan, heads, batch);
    default:
        break;
    }
    // Weights and logits of every layer until backward, and three more of the largest there. A fused kernel, on a GPU, takes less.
    std::int64_t kept = 0, largest = 0;
    for (const LayerPlan& layer : plan.layers) {
        kept += 2 * logits_bytes(layer, heads, batch);
        largest = std::max(largest, logits_bytes(layer, heads, batch));
    }
    return kept + 3 * largest;
}

}  // namespace

Cost cost_of(const configs::TrialSpec& spec, configs::AttentionImplementation attention)
{
    validate(spec);
    const NetworkPlan plan = plan_network(spec.model, input_shape(spec.data_set));
    const Counts counts = count(plan, spec.model);

    Cost cost;
    cost.parameters = counts.parameters;
    // Backward computes each product twice (by the input, by the weight); the first layer needs no gradient of its
    // input.
    cost.step_flops_per_sample = 3 * counts.forward_flops - counts.first_layer_flops;
    for (const LayerPlan& layer : plan.layers) {
        const std::int64_t bytes = logits_bytes(layer, spec.model.heads, spec.training.batch_size);
        const double logits = static_cast<double>(bytes) / float_bytes / spec.training.batch_size;
        cost.attention_bytes += bytes;
        cost.augmented_layers += layer.attention > 0 ? 1 : 0;
        cost.logits_per_sample += logits;
        cost.logit_channels_per_sample += logits * layer.attention / spec.model.heads;
    }
    const std::int64_t attention_memory =
        attention_memory_bytes(plan, spec.model.heads, spec.training.batch_size,
                               configs::attention_choice(attention, spec.training.precision, configs::DeviceKind::cpu));
    cost.weights_bytes = float_bytes * (counts.parameters + counts.statistics);
    const int kept_by_optimizer = optimizer_numbers_per_weight(spec.training);
    cost.checkpoint_bytes = cost.weights_bytes + kept_by_optimizer * float_bytes * counts.parameters;
    // Weights, gradients and the optimizer's state; a process with libtorch and its kernels takes 150 MB (measured). The best
    // weights so far are kept, and a checkpoint, which also contains them, is written from a copy while training
    // continues.
    cost.peak_memory_bytes = (std::int64_t{150} << 20) + (2 + kept_by_optimizer) * float_bytes * counts.parameters +
                             activation_bytes(plan, spec.training.batch_size) + attention_memory +
                             cost.checkpoint_bytes + 2 * cost.weights_bytes;
    return cost;
}

int optimizer_numbers_per_weight(const configs::TrainingSettings& training)
{
    if (training.optimizer == "sgd") {
        return training.momentum == 0 ? 0 : 1;
    }
    return training.optimizer == "adagrad" ? 1 : 2;
}

std::int64_t trainable_parameters(const configs::ModelSettings& settings, const InputShape& shape)
{
    return count(plan_network(settings, shape), settings).parameters;
}

void validate(const configs::TrialSpec& spec)
{
    try {
        configs::check_trial(spec);
    } catch (const configs::Error& error) {
        throw Error(error.what());
    }
}

}  // namespace attnsweep::model
