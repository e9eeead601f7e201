#pragma once

#include "model/optimizer.h"

namespace attnsweep::model {

/// Adagrad as Keras computes it: accumulator += g^2; weight -= rate * g / sqrt(accumulator + epsilon), the accumulator
/// starting at training.initial_accumulator. g is the gradient and weight_decay * weight.
class Adagrad : public Optimizer {
public:
    Adagrad(const configs::TrainingSettings& training, InstrumentNet& net);

private:
    void update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin,
                      std::int64_t end) override;
    void update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient) override;
    void update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                         const std::vector<at::Tensor>& gradients) override;
};

}  // namespace attnsweep::model
