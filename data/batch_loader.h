#pragma once

#include <cstdint>
#include <vector>

#include "configs/trial_spec.h"
#include "data/data_set.h"

namespace attnsweep::data {

struct Batch {
    std::vector<float> values;         ///< (size, frames, bins), row-major; scale and normalisation applied
    std::vector<std::int64_t> labels;  ///< (size)
    std::int64_t size = 0;
    std::vector<std::int64_t> clips;  ///< (size): their numbers in the data set
};

/// Loads clips of a data set in batches, in an order that is a pure function of seed and epoch, so that a trial can
/// resume in the middle of an epoch: shuffle(seed, epoch), then batch(n). The last batch may be smaller and is kept, as
/// in Keras. The data set must outlive it. `batch` is thread-safe, `shuffle` is not.
class BatchLoader {
public:
    /// Starts with the order of `clips`. Throws Error when there is no clip or batch_size < 1.
    BatchLoader(const DataSet& data_set, std::vector<std::int64_t> clips, const configs::DataSettings& settings,
                int batch_size);

    std::int64_t batches() const;  ///< ceil(clips / batch_size)
    std::int64_t clips() const;
    std::int64_t batch_size() const { return batch_size_; }
    const std::vector<std::int64_t>& order() const;  ///< clips, in the order of the batches

    /// Shuffles the constructor's order, not that of the previous epoch.
    void shuffle(std::uint64_t seed, std::uint64_t epoch);

    /// Returns batch `index` in 0..batches()-1. Throws Error when a shard is damaged.
    Batch batch(std::int64_t index) const;

private:
    const DataSet* data_set_;
    std::vector<std::int64_t> clips_, order_;
    configs::DataSettings settings_;
    std::int64_t batch_size_;
};

}  // namespace attnsweep::data
