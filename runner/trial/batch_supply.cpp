#include "runner/trial/batch_supply.h"

#include <algorithm>
#include <utility>

#include "runner/trial/batch_tensors.h"

namespace attnsweep::runner {
namespace {

configs::BatchLoading loading_on(const c10::Device& device, const TrialOrder& order)
{
    if (order.batch_loading != configs::BatchLoading::automatic) {
        return order.batch_loading;
    }
    return device.is_cpu()   ? configs::BatchLoading::plain  // the system keeps the shards in memory
           : order.clips_fit ? configs::BatchLoading::resident
                             : configs::BatchLoading::pinned;
}

}  // namespace

BatchSupply::BatchSupply(const TrialOrder& order, const model::InputShape& shape, const c10::Device& device)
    : loading_(loading_on(device, order)), shape_(shape), device_(device), copies_(device)
{
}

bool BatchSupply::keep(const data::BatchLoader& loader, const std::function<bool()>& goes_on)
{
    if (loading_ != configs::BatchLoading::resident) {
        return true;
    }
    std::optional<ResidentClips> clips = ResidentClips::read(loader, shape_, device_, goes_on);
    if (clips) {
        resident_.emplace(&loader, std::move(*clips));
    }
    return clips.has_value();
}

std::int64_t BatchSupply::resident_bytes() const
{
    std::int64_t bytes = 0;
    for (const auto& [loader, clips] : resident_) {
        bytes += clips.bytes();
    }
    return bytes;
}

BatchPass::BatchPass(BatchSupply& supply, const data::BatchLoader& loader, std::int64_t first)
    : supply_(supply), loader_(loader), resident_(nullptr), next_(first)
{
    if (const auto found = supply.resident_.find(&loader); found != supply.resident_.end()) {
        resident_ = &found->second;
        rows_ = resident_->rows_of(loader.order());
    } else {
        ahead_.emplace(loader, first);
    }
}

std::optional<SuppliedBatch> BatchPass::next()
{
    if (resident_ != nullptr) {
        return next_resident();
    }
    std::optional<data::Batch> loaded = ahead_->next();
    if (!loaded) {
        return std::nullopt;
    }
    SuppliedBatch supplied{std::move(*loaded), {}, {}};
    supplied.values = values_of(supplied.batch, supply_.shape_);
    supplied.labels = labels_of(supplied.batch);
    if (supply_.loading_ == configs::BatchLoading::pinned) {
        auto [values, labels] = supply_.copies_.to_device(supplied.values, supplied.labels);
        supplied.values = std::move(values);
        supplied.labels = std::move(labels);
    }
    return supplied;
}

std::optional<SuppliedBatch> BatchPass::next_resident()
{
    if (next_ >= loader_.batches()) {
        return std::nullopt;
    }
    const std::int64_t first = next_++ * loader_.batch_size();
    SuppliedBatch supplied;
    supplied.batch.size = std::min(loader_.batch_size(), loader_.clips() - first);
    const auto begin = loader_.order().begin() + first;
    supplied.batch.clips.assign(begin, begin + supplied.batch.size);
    for (const std::int64_t clip : supplied.batch.clips) {
        supplied.batch.labels.push_back(resident_->label_of(clip));
    }
    const at::Tensor rows = rows_.narrow(0, first, supplied.batch.size);
    supplied.values = resident_->values(rows);
    supplied.labels = resident_->labels(rows);
    return supplied;
}

}  // namespace attnsweep::runner
