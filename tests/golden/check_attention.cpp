#include <torch/torch.h>

#include "checks.h"
#include "configs/names.h"
#include "model/augmented_conv2d.h"
#include "model/device.h"
#include "model/weights.h"
#include "tensors.h"

namespace attnsweep::golden {

namespace {

constexpr double output_tolerance = 1e-5, gradient_tolerance = 1e-4;

// The layer's tensors by the golden file's paths.
std::vector<model::NamedTensor> named_tensors(const model::AugmentedConv2d& layer)
{
    std::vector<model::NamedTensor> all = {
        {"conv/kernel", layer.conv_kernel},
        {"conv/bias", layer.conv_bias},
        {"qkv/kernel", layer.qkv_kernel},
        {"qkv/bias", layer.qkv_bias},
        {"attn/key_rel_h", layer.key_rel_h},
        {"attn/key_rel_w", layer.key_rel_w},
        {"attn_out/kernel", layer.attn_out_kernel},
        {"attn_out/bias", layer.attn_out_bias},
        {"bn/gamma", layer.gamma},
        {"bn/beta", layer.beta},
        {"bn/moving_mean", layer.moving_mean},
        {"bn/moving_variance", layer.moving_variance},
    };
    std::erase_if(all, [](const model::NamedTensor& named) { return !named.tensor.defined(); });
    return all;
}

}  // namespace

void check_attention(const Group& group, configs::AttentionImplementation attention, const std::string& device,
                     Comparison& comparison)
{
    const std::string how = ", " + configs::to_string(attention);
    const Array input = group.floats("input");  // (N, H, W, C)
    if (input.shape.size() != 4) {
        throw Error(group.name() + "/input is no (N, H, W, C)");
    }
    const model::LayerPlan plan{.block = 1,
                                .layer = 1,
                                .in_channels = static_cast<int>(input.shape[3]),
                                .filters = static_cast<int>(group.required("filters")),
                                .attention = static_cast<int>(group.required("depth_v")),
                                .height = static_cast<int>(input.shape[1]),
                                .width = static_cast<int>(input.shape[2])};
    if (group.required("depth_k") != group.required("depth_v")) {
        throw Error(group.name() + ": depth_k and depth_v differ; this network has them equal");
    }
    model::AugmentedConv2d layer(plan, static_cast<int>(group.required("heads")),
                                 static_cast<int>(group.required("kernel_size")),
                                 {.momentum = group.required("bn_momentum"), .epsilon = group.required("bn_epsilon")});
    layer.use_attention(attention);
    const c10::Device where = model::choose_device(device);
    layer.to(where);
    const std::vector<model::NamedTensor> tensors = named_tensors(layer);
    assign(tensors, group.tree("weights"), group.name() + "/weights");

    at::Tensor x = from_channels_last(input).to(where).requires_grad_(true);
    const at::Tensor before_bn = layer.augmented(x);
    const auto compare = [&](const std::string& name, const at::Tensor& computed) {
        comparison.compare(name + how, group.name(), values(to_channels_last(computed)), group.floats(name).values,
                           output_tolerance);
    };
    compare("output_before_bn", before_bn);

    // Gradients are those of sum(upstream * output before batch norm).
    before_bn.backward(from_channels_last(group.floats("upstream_gradient")).to(where));
    comparison.compare("input_gradient" + how, group.name(), values(to_channels_last(x.grad())),
                       group.floats("input_gradient").values, gradient_tolerance);
    for (const auto& [path, reference] : group.tree("gradients")) {
        std::string what = "gradient of " + path;
        what += how;
        for (const model::NamedTensor& named : tensors) {
            if (named.name == path) {
                comparison.compare(what, group.name(), values(model::to_keras_layout(path, named.tensor.grad())),
                                   reference.values, gradient_tolerance);
            }
        }
    }

    at::NoGradGuard no_grad;
    layer.eval();
    compare("output_inference", layer.forward(x));
    layer.train();
    compare("output_training", layer.forward(x));
}

}  // namespace attnsweep::golden
