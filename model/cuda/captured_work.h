#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/cuda/plugin/plugin_functions.h"

namespace attnsweep::model::cuda {

/// Work on a GPU that was recorded once as a CUDA graph and is queued again as a whole: one launch instead of hundreds.
class CapturedWork {
public:
    /// Records what `work` queues on the GPU; it must neither wait for the GPU nor read from it, and its tensors must stay where they
    /// are. `work` is not carried out. Returns null where it fails, also by what `work` throws, and `why` (empty before): the caller
    /// goes on without a graph.
    static std::unique_ptr<CapturedWork> capture(const AttnsweepCudaFunctions& plugin, int device,
                                                 const std::function<void()>& work, std::string& why);
    ~CapturedWork();
    CapturedWork(const CapturedWork&) = delete;
    CapturedWork& operator=(const CapturedWork&) = delete;

    /// Queues the work on the current stream. Throws Error.
    void replay();

private:
    CapturedWork(const AttnsweepCudaFunctions& plugin, AttnsweepGraph* graph) : plugin_(plugin), graph_(graph) {}

    const AttnsweepCudaFunctions& plugin_;
    AttnsweepGraph* graph_;
};

}  // namespace attnsweep::model::cuda
