#include "runner/trial/best_weights.h"

#include <utility>

#include <torch/torch.h>

#include "model/weights.h"

namespace attnsweep::runner {

void BestWeights::take(const model::InstrumentNet& net)
{
    if (!on_device_) {
        bytes_ = model::to_bytes(net);
        return;
    }
    at::NoGradGuard no_grad;
    std::vector<model::NamedTensor> tensors = net.named_tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (i < copy_.size()) {
            copy_[i].tensor.copy_(tensors[i].tensor);
        } else {
            copy_.push_back({tensors[i].name, tensors[i].tensor.detach().clone(), tensors[i].trainable});
        }
    }
    bytes_.clear();
}

void BestWeights::take(std::string bytes)
{
    bytes_ = std::move(bytes);
    copy_.clear();
}

const std::string& BestWeights::bytes()
{
    if (!copy_.empty()) {
        take(model::tensors_to_bytes(copy_));
    }
    return bytes_;
}

}  // namespace attnsweep::runner
