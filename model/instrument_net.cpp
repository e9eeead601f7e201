#include "model/instrument_net.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "model/error.h"

namespace attnsweep::model {

InstrumentNet::InstrumentNet(const configs::ModelSettings& settings, const InputShape& shape, std::uint64_t seed)
    : shape_(shape), plan_(plan_network(settings, shape))
{
    const BatchNormSettings batch_norm{settings.batch_norm_momentum, settings.batch_norm_epsilon};
    for (const LayerPlan& layer : plan_.layers) {
        const std::string name = "block" + std::to_string(layer.block) + "_conv" + std::to_string(layer.layer);
        layers_.push_back(register_module(
            name, std::make_shared<AugmentedConv2d>(layer, settings.heads, settings.kernel_size, batch_norm)));
    }
    std::int64_t in = plan_.flat;
    for (std::size_t i = 0; i < plan_.dense.size(); ++i) {
        const std::string name = "dense" + std::to_string(i + 1);
        dense_kernels_.push_back(register_parameter(name + "_kernel", at::zeros({plan_.dense[i], in})));
        dense_biases_.push_back(register_parameter(name + "_bias", at::zeros({plan_.dense[i]})));
        in = plan_.dense[i];
    }
    initialise(settings, seed);
}

void InstrumentNet::initialise(const configs::ModelSettings& settings, std::uint64_t seed)
{
    at::NoGradGuard no_grad;
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    const auto ends_with = [](const std::string& name, const char* end) { return name.ends_with(end); };
    for (NamedTensor& weight : named_tensors()) {
        double stddev = 0;
        if (ends_with(weight.name, "/kernel") ||
            (ends_with(weight.name, "/bias") && settings.bias_init == configs::BiasInit::normal)) {
            stddev = settings.kernel_stddev;
        } else if (weight.name.find("/key_rel_") != std::string::npos) {
            stddev = 1.0 / std::sqrt(static_cast<double>(weight.tensor.size(1)));
        }
        if (stddev > 0) {
            // Drawn in a contiguous tensor: which number goes where must not depend on a weight's strides.
            weight.tensor.copy_(at::empty(weight.tensor.sizes(), at::kFloat).normal_(0, stddev, generator));
        }
    }
}

at::Tensor InstrumentNet::forward(const at::Tensor& batch, StepObserver* observer)
{
    at::Tensor x = batch.dim() == 3 ? batch.unsqueeze(1) : batch;  // (N, 1, H, W)
    if (x.dim() != 4 || x.size(1) != 1 || x.size(2) != shape_.frames || x.size(3) != shape_.bins) {
        std::string got;
        for (const auto size : batch.sizes()) {
            got += (got.empty() ? "" : ", ") + std::to_string(size);
        }
        throw Error("a batch of shape (" + got + ") for a network of spectrograms (N, " +
                    std::to_string(shape_.frames) + ", " + std::to_string(shape_.bins) +
                    "): the data set has another geometry than the network");
    }
    for (const auto& layer : layers_) {
        const bool pools = layer->plan().layer == 2;
        if (pools && observer == nullptr) {
            x = layer->activated_and_pooled(layer->augmented(x));
            continue;
        }
        x = layer->activated(layer->augmented(x, observer));
        if (observer != nullptr) {
            observer->layer_done(name_of(layer->plan()), x);
        }
        if (pools) {
            x = max_pool(x);
            observer->layer_done(name_of_pool(layer->plan()), x);
        }
    }
    x = x.permute({0, 2, 3, 1}).flatten(1);  // H, W, C order, as the authors' Keras flattens
    for (std::size_t i = 0; i < dense_kernels_.size(); ++i) {
        x = at::linear(x, dense_kernels_[i], dense_biases_[i]);
        if (i + 1 < dense_kernels_.size()) {
            x.relu_();
        }
        if (observer != nullptr) {
            observer->layer_done("dense" + std::to_string(i + 1), x);
        }
    }
    return x;
}

void InstrumentNet::use_attention(configs::AttentionImplementation attention)
{
    for (const auto& layer : layers_) {
        layer->use_attention(attention);
    }
}

void InstrumentNet::use_link(const ReplicaLink* link)
{
    for (const auto& layer : layers_) {
        layer->use_link(link);
    }
}

std::vector<NamedTensor> InstrumentNet::named_tensors() const
{
    std::vector<NamedTensor> named;
    const auto add = [&](const std::string& name, const at::Tensor& tensor, bool trainable = true) {
        if (tensor.defined()) {
            named.push_back({name, tensor, trainable});
        }
    };
    for (const auto& layer : layers_) {
        const std::string path = name_of(layer->plan());
        add(path + "/conv/kernel", layer->conv_kernel);
        add(path + "/conv/bias", layer->conv_bias);
        add(path + "/qkv/kernel", layer->qkv_kernel);
        add(path + "/qkv/bias", layer->qkv_bias);
        add(path + "/attn/key_rel_h", layer->key_rel_h);
        add(path + "/attn/key_rel_w", layer->key_rel_w);
        add(path + "/attn_out/kernel", layer->attn_out_kernel);
        add(path + "/attn_out/bias", layer->attn_out_bias);
        add(path + "/bn/gamma", layer->gamma);
        add(path + "/bn/beta", layer->beta);
        add(path + "/bn/moving_mean", layer->moving_mean, false);
        add(path + "/bn/moving_variance", layer->moving_variance, false);
    }
    for (std::size_t i = 0; i < dense_kernels_.size(); ++i) {
        add("dense" + std::to_string(i + 1) + "/kernel", dense_kernels_[i]);
        add("dense" + std::to_string(i + 1) + "/bias", dense_biases_[i]);
    }
    return named;
}

std::int64_t InstrumentNet::trainable_parameters() const
{
    std::int64_t count = 0;
    for (const NamedTensor& weight : named_tensors()) {
        count += weight.trainable ? weight.tensor.numel() : 0;
    }
    return count;
}

}  // namespace attnsweep::model
