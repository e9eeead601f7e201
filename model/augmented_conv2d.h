#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include "model/layer_plan.h"
#include "model/step_observer.h"

namespace attnsweep::model {

/// Batch norm's settings in Keras' sense: moving = momentum * moving + (1 - momentum) * batch.
struct BatchNormSettings {
    double momentum = 0.99;
    double epsilon = 1e-3;
};

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

    const LayerPlan& plan() const { return plan_; }

    // Kernels (out, in, H, W). Undefined if the plan has no such part.
    at::Tensor conv_kernel, conv_bias;
    at::Tensor qkv_kernel, qkv_bias;            ///< (2 d_k + d_v, in, 1, 1)
    at::Tensor key_rel_h, key_rel_w;            ///< (2H-1, d_k/heads), (2W-1, d_k/heads)
    at::Tensor attn_out_kernel, attn_out_bias;  ///< (d_v, d_v, 1, 1)
    at::Tensor gamma, beta, moving_mean, moving_variance;

private:
    LayerPlan plan_;
    int heads_;
    BatchNormSettings batch_norm_;
};

}  // namespace attnsweep::model
