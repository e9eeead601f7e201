#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <torch/types.h>

namespace attnsweep::model::cuda {

/// Copies tensors of the host to a GPU beside its work: through memory that is pinned (the GPU reads it without the processor), on a
/// stream of its own, by two buffers in turn. So the host goes on at once, and the copy of a batch overlaps the step before it, where the
/// host does not wait for each step (execution.late_losses): of no more than two batches at a time, since it waits for what was queued
/// after the copy before the last. On a CPU it is the identity. The part with streams was never run on a
/// GPU. Used by one thread.
class PinnedCopies {
public:
    explicit PinnedCopies(const c10::Device& device) : device_(device) {}

    struct Pair {
        at::Tensor values, labels;
    };
    /// Returns both on the device, in order with what is queued on the current stream after it. On a GPU what is given may be freed
    /// when it returns; on a CPU the result is what is given.
    Pair to_device(const at::Tensor& values, const at::Tensor& labels);

private:
    struct Buffer {
        at::Tensor values, labels;
        std::optional<c10::Event> used;  // what was queued after its copy, up to the next call
    };

    c10::Device device_;
    std::optional<c10::Stream> stream_;
    std::array<Buffer, 2> buffers_;
    std::size_t turn_ = 0;
};

}  // namespace attnsweep::model::cuda
