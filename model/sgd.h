#pragma once

#include "model/optimizer.h"

namespace attnsweep::model {

/// Stochastic gradient descent as PyTorch computes it, without dampening: velocity = momentum * velocity + g; weight -=
/// rate * velocity, with nesterov rate * (g + momentum * velocity). g is the gradient and weight_decay * weight. Under a
/// constant rate Keras' rule gives the same. Without a momentum there is no velocity, and no state.
class Sgd : public Optimizer {
public:
    Sgd(const configs::TrainingSettings& training, InstrumentNet& net);

private:
    void update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin,
                      std::int64_t end) override;
    void update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient) override;
    void update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                         const std::vector<at::Tensor>& gradients) override;
};

}  // namespace attnsweep::model
