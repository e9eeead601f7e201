#pragma once

#include <string>

#include <torch/types.h>

namespace attnsweep::model {

/// Is told what a forward pass or a training step has done so far, in its order, by the thread that calls it: what happened
/// since the call before belongs to the part that is named. Layers are named as by InstrumentNet::named_tensors.
class StepObserver {
public:
    virtual ~StepObserver() = default;

    /// A part of a convolution layer has its output: `convolution`, `attention`. The layer itself follows.
    virtual void part_done(const std::string& layer, const std::string& part, const at::Tensor& output) = 0;
    /// A layer has its output: `block4/conv1` (after batch norm and ReLU), `block4/pool`, `dense2`, at the end `loss`.
    virtual void layer_done(const std::string& layer, const at::Tensor& output) = 0;
    virtual void backward_done() {}
    virtual void step_done() {}  ///< the optimizer's
};

}  // namespace attnsweep::model
