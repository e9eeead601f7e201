#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include "configs/sweep.h"
#include "model/fused_batch_norm.h"
#include "model/layer_plan.h"
#include "model/step_observer.h"

namespace attnsweep::model {

/// A convolution layer of the network: concat(convolution 5x5 'same' with bias, 2-D self attention) -> batch norm.
/// Without attention filters only the convolution; with as many as filters only attention. paper.md, "The network".
/// Activations (N, C, H, W), H time, W frequency, channels-last in memory. The relative encodings fix H and W to the
/// plan's.
class AugmentedConv2d : public torch::nn::Module {
public:
    AugmentedConv2d(const LayerPlan& plan, int heads, int kernel_size, const BatchNormSettings& batch_norm);

    /// Returns convolution and attention, before batch norm: (N, in, H, W) -> (N, F, H, W).
    at::Tensor augmented(const at::Tensor& x, StepObserver* observer = nullptr);
    /// Applies batch norm: with the batch's statistics in training mode, which updates the moving ones, else with the
    /// moving ones.
    at::Tensor normalised(const at::Tensor& x);
    at::Tensor forward(const at::Tensor& x, StepObserver* observer = nullptr)
    {
        return normalised(augmented(x, observer));
    }
    /// Applies batch norm and ReLU.
    at::Tensor activated(const at::Tensor& x);
    /// Applies batch norm, ReLU and max pooling.
    at::Tensor activated_and_pooled(const at::Tensor& x);

    const LayerPlan& plan() const { return plan_; }

    /// How attention is computed from now on; automatic, as at first: decided by each call's device and type.
    void use_attention(configs::AttentionImplementation attention) { attention_ = attention; }

    /// Whose statistics batch norm exchanges with the other replicas in training; null, as at first: it has the batch to itself.
    void use_link(const ReplicaLink* link) { link_ = link; }

    // Kernels (out, in, H, W). Undefined if the plan has no such part.
    at::Tensor conv_kernel, conv_bias;
    at::Tensor qkv_kernel, qkv_bias;            ///< (2 d_k + d_v, in, 1, 1)
    at::Tensor key_rel_h, key_rel_w;            ///< (2H-1, d_k/heads), (2W-1, d_k/heads)
    at::Tensor attn_out_kernel, attn_out_bias;  ///< (d_v, d_v, 1, 1)
    at::Tensor gamma, beta, moving_mean, moving_variance;

private:
    BatchNormTensors batch_norm_tensors() const { return {gamma, beta, moving_mean, moving_variance}; }

    LayerPlan plan_;
    int heads_;
    BatchNormSettings batch_norm_;
    configs::AttentionImplementation attention_ = configs::AttentionImplementation::automatic;
    const ReplicaLink* link_ = nullptr;
};

}  // namespace attnsweep::model
