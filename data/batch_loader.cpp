#include "data/batch_loader.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/error.h"
#include "data/scaling.h"
#include "data/shuffle.h"

namespace attnsweep::data {

BatchLoader::BatchLoader(const DataSet& data_set, std::vector<std::int64_t> clips,
                         const configs::DataSettings& settings, int batch_size)
    : data_set_(&data_set), clips_(std::move(clips)), order_(clips_), settings_(settings), batch_size_(batch_size)
{
    if (batch_size < 1) {
        throw Error(fmt::format("batch size {}, expected at least 1", batch_size));
    }
    if (clips_.empty()) {
        throw Error(fmt::format("{}: no clip to load; the split left this set empty", data_set.description().path));
    }
    for (const std::int64_t clip : clips_) {
        if (clip < 0 || clip >= data_set.clips()) {
            throw Error(fmt::format("{}: clip {} requested, there are {}", data_set.description().path, clip,
                                    data_set.clips()));
        }
    }
}

std::int64_t BatchLoader::clips() const
{
    return static_cast<std::int64_t>(clips_.size());
}

std::int64_t BatchLoader::batches() const
{
    return (clips() + batch_size_ - 1) / batch_size_;
}

const std::vector<std::int64_t>& BatchLoader::order() const
{
    return order_;
}

void BatchLoader::shuffle(std::uint64_t seed, std::uint64_t epoch)
{
    order_ = clips_;
    data::shuffle(order_, seed, epoch);
}

Batch BatchLoader::batch(std::int64_t index) const
{
    if (index < 0 || index >= batches()) {
        throw Error(fmt::format("batch {} requested, there are {}", index, batches()));
    }
    const std::int64_t first = index * batch_size_;
    const auto values = static_cast<std::size_t>(data_set_->frames()) * static_cast<std::size_t>(data_set_->bins());
    Batch batch;
    batch.size = std::min(batch_size_, clips() - first);
    batch.values.resize(static_cast<std::size_t>(batch.size) * values);  // (size, frames, bins)
    for (std::int64_t n = 0; n < batch.size; ++n) {
        const std::int64_t clip = order_[static_cast<std::size_t>(first + n)];
        const std::span<float> place(batch.values.data() + static_cast<std::size_t>(n) * values, values);
        std::ranges::copy(data_set_->magnitudes(clip), place.begin());
        scale_clip(place, settings_.scale, settings_.normalisation);
        batch.labels.push_back(data_set_->label(clip));
        batch.clips.push_back(clip);
    }
    return batch;
}

}  // namespace attnsweep::data
