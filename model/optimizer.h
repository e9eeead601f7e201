#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "configs/trial_spec.h"
#include "model/instrument_net.h"

namespace attnsweep::model {

/// Updates a network's weights from their gradients. Bound to one network, which must outlive it and be moved to its
/// device first.
class Optimizer {
public:
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    /// Takes one step with the gradients of the last backward; a weight without a gradient is unchanged.
    virtual void step() = 0;
    void clear_gradients();

    /// Returns the state as bytes (weights.h's format, entries `accumulator/block1/conv1/conv/kernel`...); equal states
    /// give equal bytes.
    virtual std::string to_bytes() const = 0;
    /// Restores the state from to_bytes. Throws Error naming missing, unknown and wrongly shaped entries.
    virtual void from_bytes(std::string_view bytes) = 0;

protected:
    explicit Optimizer(InstrumentNet& net);
    std::vector<NamedTensor> weights_;  ///< the trainable ones
};

/// Returns the optimizer that `training.optimizer` names. Throws Error naming the known ones ("adagrad").
std::unique_ptr<Optimizer> make_optimizer(const configs::TrainingSettings& settings, InstrumentNet& net);

}  // namespace attnsweep::model
