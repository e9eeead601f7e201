#include "model/augmented_conv2d.h"

#include "model/attention_choice.h"
#include "model/convolution.h"

namespace attnsweep::model {

namespace {

at::Tensor weight(at::IntArrayRef shape)
{
    at::Tensor tensor = at::zeros(shape, at::kFloat);
    return shape.size() == 4 ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
}

}  // namespace

AugmentedConv2d::AugmentedConv2d(const LayerPlan& plan, int heads, int kernel_size, const BatchNormSettings& batch_norm)
    : plan_(plan), heads_(heads), batch_norm_(batch_norm)
{
    if (plan.convolution() > 0) {
        conv_kernel =
            register_parameter("conv_kernel", weight({plan.convolution(), plan.in_channels, kernel_size, kernel_size}));
        conv_bias = register_parameter("conv_bias", weight({plan.convolution()}));
    }
    if (plan.attention > 0) {
        const int depth = plan.attention / heads;
        qkv_kernel =
            register_parameter("qkv_kernel", weight({std::int64_t{3} * plan.attention, plan.in_channels, 1, 1}));
        qkv_bias = register_parameter("qkv_bias", weight({std::int64_t{3} * plan.attention}));
        key_rel_h = register_parameter("key_rel_h", weight({2 * plan.height - 1, depth}));
        key_rel_w = register_parameter("key_rel_w", weight({2 * plan.width - 1, depth}));
        attn_out_kernel = register_parameter("attn_out_kernel", weight({plan.attention, plan.attention, 1, 1}));
        attn_out_bias = register_parameter("attn_out_bias", weight({plan.attention}));
    }
    gamma = register_parameter("gamma", at::ones({plan.filters}));
    beta = register_parameter("beta", at::zeros({plan.filters}));
    moving_mean = register_buffer("moving_mean", at::zeros({plan.filters}));
    moving_variance = register_buffer("moving_variance", at::ones({plan.filters}));
}

at::Tensor AugmentedConv2d::augmented(const at::Tensor& x, StepObserver* observer)
{
    at::Tensor convolved, attended;
    if (plan_.convolution() > 0) {
        convolved = convolve(x, conv_kernel, conv_bias);
        if (observer != nullptr) {
            observer->part_done(name_of(plan_), "convolution", convolved);
        }
    }
    if (plan_.attention > 0) {
        // A 1x1 convolution is a matrix product of the channels; channels-last makes it and attention's (N, H, W, C) the same memory.
        const at::Tensor places = x.permute({0, 2, 3, 1});  // (N, H, W, in)
        const at::Tensor qkv = at::linear(places, qkv_kernel.flatten(1), qkv_bias);
        const at::Tensor heads_joined = attend(qkv, key_rel_h, key_rel_w, heads_, attention_);
        attended = at::linear(heads_joined, attn_out_kernel.flatten(1), attn_out_bias).permute({0, 3, 1, 2});
        if (observer != nullptr) {
            observer->part_done(name_of(plan_), "attention", attended);
        }
    }
    if (!convolved.defined()) {
        return attended;
    }
    return attended.defined() ? at::cat({convolved, attended}, 1) : convolved;
}

at::Tensor AugmentedConv2d::normalised(const at::Tensor& x)
{
    return batch_norm(x, batch_norm_tensors(), batch_norm_, is_training(), link_);
}

at::Tensor AugmentedConv2d::activated_and_pooled(const at::Tensor& x)
{
    return batch_norm_relu_pool(x, batch_norm_tensors(), batch_norm_, is_training(), link_);
}

at::Tensor AugmentedConv2d::activated(const at::Tensor& x)
{
    return batch_norm_relu(x, batch_norm_tensors(), batch_norm_, is_training(), link_);
}

}  // namespace attnsweep::model
