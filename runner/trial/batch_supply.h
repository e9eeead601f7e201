#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <torch/types.h>

#include "data/batch_loader.h"
#include "data/batches_ahead.h"
#include "model/cuda/pinned_copies.h"
#include "model/instrument_net.h"
#include "runner/protocol.h"
#include "runner/trial/resident_clips.h"

namespace attnsweep::runner {

/// A batch as a step takes it.
struct SuppliedBatch {
    data::Batch batch;  ///< labels and clips; its spectrograms only where the tensors are views of them
    at::Tensor values,
        labels;  ///< (N, frames, bins) float32 and (N) int64, on the CPU or on the trial's (first) device
};

/// Supplies a trial's batches as its order says (execution.batch_loading); all ways give the same numbers. Resident clips lie on the
/// trial's first device: other replicas on GPUs copy their share from there. Used by one thread.
class BatchSupply {
public:
    BatchSupply(const TrialOrder& order, const model::InputShape& shape, const c10::Device& device);

    /// How it is done on this device: never automatic.
    configs::BatchLoading loading() const { return loading_; }

    /// Reads the clips of a loader into the device's memory where they are to be resident, else does nothing. The loader must outlive
    /// this. Calls `goes_on` before each batch; returns false once that returned false. Throws as ResidentClips::read does.
    bool keep(const data::BatchLoader& loader, const std::function<bool()>& goes_on);
    std::int64_t resident_bytes() const;

private:
    friend class BatchPass;

    configs::BatchLoading loading_;
    model::InputShape shape_;
    c10::Device device_;
    std::map<const data::BatchLoader*, ResidentClips> resident_;
    model::cuda::PinnedCopies copies_;
};

/// One pass over a loader's batches, in its present order, from one of them on. Loader and supply outlive it; the loader must not be
/// shuffled meanwhile. Used by one thread.
class BatchPass {
public:
    /// Throws std::system_error where a thread is needed and cannot be started.
    BatchPass(BatchSupply& supply, const data::BatchLoader& loader, std::int64_t first = 0);

    /// Returns the next batch; nothing after the last. Throws what BatchLoader::batch throws for it, and Error if the spectrograms do not
    /// have the trial's shape.
    std::optional<SuppliedBatch> next();

private:
    std::optional<SuppliedBatch> next_resident();

    BatchSupply& supply_;
    const data::BatchLoader& loader_;
    const ResidentClips* resident_;  // null: they are loaded
    at::Tensor rows_;                // (clips): where each is, in the order of the pass
    std::int64_t next_;
    std::optional<data::BatchesAhead> ahead_;
};

}  // namespace attnsweep::runner
