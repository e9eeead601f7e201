#pragma once

#include "model/optimizer.h"

namespace attnsweep::model {

/// Adam and AdamW as PyTorch computes them, at step t: first = beta_1 * first + (1 - beta_1) * g; second likewise, of g^2;
/// weight -= rate / (1 - beta_1^t) * first / (sqrt(second) / sqrt(1 - beta_2^t) + epsilon). For "adam" g is the gradient
/// and weight_decay * weight; for "adamw" it is the gradient, and before the step weight *= 1 - rate * weight_decay.
/// Keras adds its epsilon before the correction by beta_2 instead. The number of steps is part of the state.
class Adam : public Optimizer {
public:
    Adam(const configs::TrainingSettings& training, InstrumentNet& net);

private:
    void begin_step() override;
    void update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin,
                      std::int64_t end) override;
    void update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient) override;
    void update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                         const std::vector<at::Tensor>& gradients) override;

    at::Tensor steps_;  // (2): number of steps / 2^24, and the rest, since float32 counts no further
    double decay_ = 0;  // of the gradient
    double shrinking_ = 1, step_size_ = 0, root_of_correction_ = 1;  // of the step
};

}  // namespace attnsweep::model
