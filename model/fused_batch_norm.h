#pragma once

#include <torch/types.h>

namespace attnsweep::model {

struct ReplicaLink;  // model/replicas/replica_link.h

/// Batch norm's settings in Keras' sense: moving = momentum * moving + (1 - momentum) * batch.
struct BatchNormSettings {
    double momentum = 0.99;
    double epsilon = 1e-3;
};

/// Batch norm's tensors, each (C): handles. The moving ones are updated in training.
struct BatchNormTensors {
    at::Tensor gamma, beta, moving_mean, moving_variance;
};

/// Applies batch norm to x (N, C, H, W): in training with the batch's statistics, which then go into the moving ones (the variance
/// with Bessel's correction, in libtorch as in Keras' fused kernel), else with the moving ones. Needs two positions or more in
/// training, which a network's plan ensures. With a link, in training, x is this replica's share, and the statistics are those of
/// all shares: every replica must call it, and run its backward.
at::Tensor batch_norm(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                      bool is_training, const ReplicaLink* link = nullptr);

/// Applies batch norm, then ReLU. Float32 on a CPU takes the kernel of kernels/batch_norm_relu.h, in fewer passes over memory than
/// libtorch's two operators, and channels-last; everything else takes those.
at::Tensor batch_norm_relu(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                           bool is_training, const ReplicaLink* link = nullptr);

/// Applies batch norm, ReLU, and max pooling 2 x 2 'same' (odd sizes round up): (N, C, H, W) to (N, C, ceil(H / 2), ceil(W / 2)). The
/// same bits as one after the other, but what ReLU gives is not kept for backward, which computes it again: in float32 on a CPU.
at::Tensor batch_norm_relu_pool(const at::Tensor& x, const BatchNormTensors& tensors, const BatchNormSettings& settings,
                                bool is_training, const ReplicaLink* link = nullptr);

/// Max pooling 2 x 2 'same': it pads at the end, so an odd size rounds up.
at::Tensor max_pool(const at::Tensor& x);

}  // namespace attnsweep::model
