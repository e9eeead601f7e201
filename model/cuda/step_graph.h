#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <torch/types.h>

#include "model/cuda/plugin/plugin_functions.h"
#include "model/training_step.h"

namespace attnsweep::model::cuda {

/// Records work without carrying it out, and returns what carries it out; an empty function, and `why` (empty before), where that fails.
using Recorder = std::function<std::function<void()>(const std::function<void()>& work, std::string& why)>;

/// Returns a recorder by CUDA graphs on this GPU (captured_work.h).
Recorder graph_recorder(const AttnsweepCudaFunctions& plugin, int device);

/// Returns why a recorded step cannot stand for all steps of such a training, naming the setting; empty: it can. A recorded step has the
/// numbers that the host computes for it, so they must not change.
std::string why_steps_vary(const configs::TrainingSettings& training);

/// Takes training steps that are queued as a whole once one has been recorded: a GPU then waits for no call of the host. The first steps
/// and batches of another size are taken as ever, and so are all where recording fails. Its memory on the GPU is apart from that of other
/// work, so a step's takes up to twice as much. Never run on a GPU. Used by one thread.
class StepGraph {
public:
    using Log = std::function<void(const std::string&)>;

    /// Net and optimizer outlive it. `class_weights`: as train_batch takes them.
    StepGraph(InstrumentNet& net, Optimizer& optimizer, configs::Precision precision, at::Tensor class_weights,
              std::int64_t batch_size, Recorder recorder, Log log);

    /// Trains a step as train_batch does with `reads_late`.
    StepResult train(const at::Tensor& batch, const at::Tensor& labels);

private:
    void record();

    InstrumentNet& net_;
    Optimizer& optimizer_;
    configs::Precision precision_;
    at::Tensor class_weights_;
    std::int64_t batch_size_;
    Recorder recorder_;  // empty: recording failed
    Log log_;
    int taken_ = 0;
    std::function<void()> repeat_;  // empty: nothing is recorded yet
    at::Tensor batch_, labels_;     // what the recorded step reads
    at::Tensor loss_, correct_;     // what it writes
};

}  // namespace attnsweep::model::cuda
