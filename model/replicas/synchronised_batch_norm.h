#pragma once

#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include "model/fused_batch_norm.h"
#include "model/replicas/replica_link.h"

namespace attnsweep::model {

/// Holds statistics of channels over all shares of a batch, each (C), float64; the variance without Bessel's correction.
struct SharedStatistics {
    at::Tensor mean, variance;
    double rows = 0;  ///< positions of all shares
};

/// Merges the statistics of the replicas' shares: mean and variance (C) of this replica's x (N, C, H, W). The same bits for all
/// replicas. Chan, Golub, LeVeque 1979.
SharedStatistics merged(const at::Tensor& mean, const at::Tensor& variance, const at::Tensor& x,
                        const ReplicaLink& link);

/// Applies batch norm in training to this replica's share x (N, C, H, W), with the statistics of all shares, on any device and in
/// any type. Backward exchanges its sums too, so every replica must run it. The moving statistics are updated as by batch_norm().
at::Tensor synchronised_batch_norm(const at::Tensor& x, const BatchNormTensors& tensors,
                                   const BatchNormSettings& settings, const ReplicaLink& link);

/// Keeps a link, which may be null, for an autograd function's backward; the step that holds it ends after that.
void keep_link(torch::autograd::AutogradContext& context, const ReplicaLink* link);
const ReplicaLink* kept_link(torch::autograd::AutogradContext& context);

}  // namespace attnsweep::model
