#include "runner/trial/resident_clips.h"

#include <torch/torch.h>

#include "data/batches_ahead.h"
#include "runner/trial/batch_tensors.h"

namespace attnsweep::runner {

std::optional<ResidentClips> ResidentClips::read(const data::BatchLoader& loader, const model::InputShape& shape,
                                                 const c10::Device& device, const std::function<bool()>& goes_on)
{
    ResidentClips set;
    set.values_ = at::empty({loader.clips(), shape.frames, shape.bins}, at::TensorOptions(at::kFloat).device(device));
    set.labels_ = at::empty({loader.clips()}, at::TensorOptions(at::kLong).device(device));
    data::BatchesAhead batches(loader);
    for (std::int64_t row = 0; row < loader.clips();) {
        if (!goes_on()) {
            return std::nullopt;
        }
        data::Batch batch = batches.next().value();
        set.values_.narrow(0, row, batch.size).copy_(values_of(batch, shape));
        set.labels_.narrow(0, row, batch.size).copy_(labels_of(batch));
        for (std::size_t i = 0; i < batch.clips.size(); ++i) {
            set.clips_[batch.clips[i]] = {row++, batch.labels[i]};
        }
    }
    return set;
}

at::Tensor ResidentClips::rows_of(const std::vector<std::int64_t>& clips) const
{
    std::vector<std::int64_t> rows;
    rows.reserve(clips.size());
    for (const std::int64_t clip : clips) {
        rows.push_back(clips_.at(clip).row);
    }
    return at::tensor(rows, at::kLong).to(values_.device());
}

}  // namespace attnsweep::runner
