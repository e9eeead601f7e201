#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "configs/trial_spec.h"
#include "model/instrument_net.h"

namespace attnsweep::model {

/// Changes a network's weights by their gradients. Bound to one network, which must outlive it and be on its device first.
class Optimizer {
public:
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    /// One step by the gradients that backward left; a weight without one stays as it is.
    virtual void step() = 0;
    void clear_gradients();

    /// The state as bytes (weights.h's format, entries `accumulator/block1/conv1/conv/kernel`...); equal states give equal bytes.
    virtual std::string to_bytes() const = 0;
    /// Throws Error naming entries that are missing, too many or mis-shaped.
    virtual void from_bytes(std::string_view bytes) = 0;

protected:
    explicit Optimizer(InstrumentNet& net);
    std::vector<NamedTensor> weights_;  ///< the trainable ones
};

/// By `training.optimizer`; throws Error naming the known ones ("adagrad").
std::unique_ptr<Optimizer> make_optimizer(const configs::TrainingSettings& settings, InstrumentNet& net);

}  // namespace attnsweep::model
