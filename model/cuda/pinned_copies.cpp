#include "model/cuda/pinned_copies.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace attnsweep::model::cuda {
namespace {

// `buffer` is kept for batches of this size and smaller ones.
at::Tensor filled(at::Tensor& buffer, const at::Tensor& from)
{
    if (!buffer.defined() || buffer.size(0) < from.size(0)) {
        buffer = at::empty(from.sizes(), from.options().pinned_memory(true));
    }
    return buffer.narrow(0, 0, from.size(0)).copy_(from);
}

}  // namespace

PinnedCopies::Pair PinnedCopies::to_device(const at::Tensor& values, const at::Tensor& labels)
{
    if (device_.is_cpu()) {
        return {values, labels};
    }
    const c10::impl::VirtualGuardImpl gpu(device_.type());
    if (!stream_) {
        stream_ = gpu.getStreamFromGlobalPool(device_);
    }
    Buffer &buffer = buffers_[turn_], &before = buffers_[1 - turn_];
    turn_ = 1 - turn_;
    const c10::Stream user = gpu.getStream(device_);
    if (before.values.defined()) {
        before.used.emplace(device_.type());
        before.used->record(user);
    }
    if (buffer.used) {
        buffer.used->synchronize();
    }
    const at::Tensor pinned_values = filled(buffer.values, values), pinned_labels = filled(buffer.labels, labels);
    Pair there;
    c10::Event copied(device_.type());
    {
        const c10::StreamGuard on_own(*stream_);
        there = {pinned_values.to(device_, /*non_blocking=*/true), pinned_labels.to(device_, /*non_blocking=*/true)};
        copied.record(*stream_);
    }
    copied.block(user);
    for (const at::Tensor& tensor : {there.values, there.labels}) {
        tensor.record_stream(user);  // its memory is of the other stream, which must not reuse it before
    }
    return there;
}

}  // namespace attnsweep::model::cuda
