#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_spec.h"
#include "model/instrument_net.h"

namespace attnsweep::model {

/// Updates a network's weights from their gradients. Bound to one network, which must outlive it and be moved to its
/// device first. On the CPU one pass over memory per weight; results do not depend on threads. On other devices plain
/// tensor operations. With OptimizerStep::foreach, on any device, libtorch's operations on lists: the same rule by a few calls for all
/// weights, equal to tensor operations weight by weight (on the CPU to the bit), with a copy of all weights in memory.
class Optimizer {
public:
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    void use_step(configs::OptimizerStep step) { step_ = step; }

    /// Sets the rate of the next step: learning_rate_at (model/learning_rate.h). Without it the rate is
    /// training.learning_rate.
    void begin_batch(int epoch, std::int64_t batch, std::int64_t batches);

    /// Takes one step with the gradients of the last backward, scaled down where their norm exceeds training.clip_norm; a
    /// weight without a gradient is unchanged. The gradients are not valid afterwards.
    void step();
    void clear_gradients();

    /// Returns the state as bytes (weights.h's format, entries `accumulator/block1/conv1/conv/kernel`..., the
    /// optimizer's name in the metadata); equal states give equal bytes.
    std::string to_bytes() const;
    /// Restores the state from to_bytes. Throws Error naming both optimizers if it is another one's, else missing,
    /// unknown and wrongly shaped entries. Without a name in the metadata it is Adagrad's, as an earlier version wrote it.
    void from_bytes(std::string_view bytes);

protected:
    Optimizer(const configs::TrainingSettings& training, InstrumentNet& net);

    /// Adds a tensor per weight to the state, with names `kind/WEIGHT` and this initial value; they are kept(number of
    /// kinds added before, index of the weight).
    void keep_per_weight(const std::string& kind, double initial);
    /// Adds a tensor to the state that belongs to no weight. Call it after keep_per_weight.
    void keep(const std::string& name, const at::Tensor& tensor);
    at::Tensor& kept(std::size_t kind, std::size_t weight) { return state_[kind * weights_.size() + weight].tensor; }
    /// Returns those of several weights.
    std::vector<at::Tensor> kept(std::size_t kind, const std::vector<std::size_t>& weights);

    /// Called once before the weights of a step are updated.
    virtual void begin_step() {}
    /// Updates numbers `begin` to `end` - 1 of a weight on the CPU, in the order of memory; the state's tensors have the
    /// same order. Called from several threads.
    virtual void update_range(std::size_t index, float* weight, const float* gradient, std::int64_t begin,
                              std::int64_t end) = 0;
    /// Updates a weight by tensor operations, on any device.
    virtual void update_tensor(std::size_t index, at::Tensor& weight, const at::Tensor& gradient) = 0;
    /// Updates several weights by operations on lists, on any device. `weights` and `gradients` have the order of `indices`.
    virtual void update_together(const std::vector<std::size_t>& indices, const std::vector<at::Tensor>& weights,
                                 const std::vector<at::Tensor>& gradients) = 0;

    const configs::TrainingSettings training_;
    double learning_rate_;

private:
    void clip_gradients();
    void step_together();

    configs::OptimizerStep step_ = configs::OptimizerStep::per_tensor;
    std::vector<NamedTensor> weights_;  // the trainable ones
    std::vector<NamedTensor> state_;
};

/// Returns the optimizer that `training.optimizer` names. Throws Error naming the known ones.
std::unique_ptr<Optimizer> make_optimizer(const configs::TrainingSettings& settings, InstrumentNet& net);

}  // namespace attnsweep::model
