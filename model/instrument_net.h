#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "configs/trial_spec.h"
#include "model/augmented_conv2d.h"
#include "model/layer_plan.h"
#include "model/step_observer.h"

namespace attnsweep::model {

/// A weight or statistic of the network, named by its path (`block1/conv1/bn/gamma`, `dense1/kernel`): a handle to the
/// live tensor.
struct NamedTensor {
    std::string name;
    at::Tensor tensor;
    bool trainable = true;  ///< false: batch norm's moving_mean, moving_variance
};

/// The network of paper.md: blocks of two (augmented) convolution layers with ReLU and a 2x2 'same' max pooling (odd sizes
/// round up), flatten in H, W, C order, dense layers with ReLU, a last dense layer to the classes' logits.
class InstrumentNet : public torch::nn::Module {
public:
    /// Draws initial weights that depend only on the settings, the shape and `seed` (seed.init), not on threads or the
    /// device: kernels normal(0, kernel_stddev), relative encodings normal(0, (d_k/heads)^-0.5), biases zero or like
    /// kernels. Throws Error.
    InstrumentNet(const configs::ModelSettings& settings, const InputShape& shape, std::uint64_t seed = 1);

    /// Returns the logits (N, classes) of a batch (N, frames, bins) or (N, 1, frames, bins), float32.
    at::Tensor forward(const at::Tensor& batch, StepObserver* observer = nullptr);

    /// How all layers compute attention from now on; automatic, as at first: decided by the device and the type (attention_choice.h).
    void use_attention(configs::AttentionImplementation attention);

    /// Whose shares batch norm's statistics are of, in training, from now on; null, as at first: the batch is this network's alone.
    void use_link(const ReplicaLink* link);

    /// Returns every weight and statistic, in a fixed order (by layer).
    std::vector<NamedTensor> named_tensors() const;
    std::int64_t trainable_parameters() const;

    const InputShape& shape() const { return shape_; }
    const NetworkPlan& plan() const { return plan_; }

private:
    void initialise(const configs::ModelSettings& settings, std::uint64_t seed);

    InputShape shape_;
    NetworkPlan plan_;
    std::vector<std::shared_ptr<AugmentedConv2d>> layers_;
    std::vector<at::Tensor> dense_kernels_, dense_biases_;  ///< (out, in), (out)
};

}  // namespace attnsweep::model
