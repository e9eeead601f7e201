#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include <torch/types.h>

#include "data/batch_loader.h"
#include "model/instrument_net.h"

namespace attnsweep::runner {

/// Holds all clips of a set, scaled and normalised, in a device's memory.
class ResidentClips {
public:
    /// Reads all batches of the loader, in its present order, as a pass over it would. Calls `goes_on` before each, and returns nothing
    /// once that returns false. Throws what BatchLoader::batch throws, Error if the spectrograms do not have the shape, and c10::Error where
    /// the memory does not suffice.
    static std::optional<ResidentClips> read(const data::BatchLoader& loader, const model::InputShape& shape,
                                             const c10::Device& device, const std::function<bool()>& goes_on);

    /// Returns where these clips, which must be in the set, lie: (N) int64, on the device.
    at::Tensor rows_of(const std::vector<std::int64_t>& clips) const;
    at::Tensor values(const at::Tensor& rows) const { return values_.index_select(0, rows); }  ///< (N, frames, bins)
    at::Tensor labels(const at::Tensor& rows) const { return labels_.index_select(0, rows); }  ///< (N) int64
    std::int64_t label_of(std::int64_t clip) const { return clips_.at(clip).label; }
    std::int64_t bytes() const { return static_cast<std::int64_t>(values_.nbytes() + labels_.nbytes()); }

private:
    struct Clip {
        std::int64_t row = 0, label = 0;
    };
    at::Tensor values_, labels_;
    std::unordered_map<std::int64_t, Clip> clips_;  // by their numbers in the data set
};

}  // namespace attnsweep::runner
