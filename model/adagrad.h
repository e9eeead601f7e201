#pragma once

#include <vector>

#include "model/optimizer.h"

namespace attnsweep::model {

/// Adagrad as Keras computes it: accumulator += g^2; weight -= learning_rate * g / sqrt(accumulator + epsilon), the
/// accumulator starting at `initial_accumulator`. On the CPU one pass over memory per weight; results do not depend on
/// threads.
class Adagrad : public Optimizer {
public:
    Adagrad(InstrumentNet& net, double learning_rate, double initial_accumulator, double epsilon);
    void step() override;
    std::string to_bytes() const override;
    void from_bytes(std::string_view bytes) override;

private:
    std::vector<NamedTensor> accumulators_;
    double learning_rate_, epsilon_;
};

}  // namespace attnsweep::model
