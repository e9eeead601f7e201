#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "model/step_observer.h"

namespace attnsweep::model {

/// What a step took in one layer, or in a part of one, without that of its other parts.
struct ProfiledLayer {
    std::string layer;  ///< as StepObserver names it
    std::string part;   ///< convolution, attention; empty: the layer's own rest, or all of it
    double forward_s = 0;
    double backward_s = 0;
    std::vector<std::int64_t> shape;  ///< of the output: (N, C, H, W), (N, out), ()
    std::int64_t output_bytes = 0;
    std::int64_t kept_bytes = 0;  ///< tensors made in its forward pass that live on, for backward or the next layer
    std::int64_t peak_bytes = 0;  ///< largest sum of the step's tensors while it ran, forward or backward
};

/// Measures time and memory of training steps, layer by layer: forward between the observer's calls, backward between hooks on
/// the outputs, which autograd runs in order. Memory is that of tensors allocated since begin(): on the CPU as libtorch's
/// allocator reports it to the calling thread, which leaves out what a library allocates for itself; on a GPU by the allocator's
/// statistics. A GPU is waited for at every call. Used by one thread; must outlive the step.
class StepProfiler : public StepObserver {
public:
    explicit StepProfiler(const c10::Device& device);
    ~StepProfiler() override;

    /// Forgets the step before; call it just before the step.
    void begin();

    void part_done(const std::string& layer, const std::string& part, const at::Tensor& output) override;
    void layer_done(const std::string& layer, const at::Tensor& output) override;
    void backward_done() override;
    void step_done() override;

    /// Returns the step's layers in the order of its forward pass; parts stand before their layer.
    const std::vector<ProfiledLayer>& layers() const { return layers_; }
    double optimizer_s() const { return optimizer_s_; }

private:
    class Memory;
    class MemoryOfCpu;
    class MemoryOfGpu;
    using Clock = std::chrono::steady_clock;

    double lap();  // seconds since the call before, once the device has done its work
    void forward_done(const std::string& layer, const std::string& part, const at::Tensor& output);
    void backward_reaches(std::size_t index);
    void close_backward();

    c10::Device device_;
    std::unique_ptr<Memory> memory_;
    Clock::time_point last_;
    std::int64_t live_before_ = 0;
    std::vector<ProfiledLayer> layers_;
    std::ptrdiff_t in_backward_ = -1;  // the layer whose backward runs; -1: none
    double optimizer_s_ = 0;
};

}  // namespace attnsweep::model
