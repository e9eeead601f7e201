#include "runner/trial/batch_tensors.h"

#include <torch/torch.h>

#include "runner/error.h"

namespace attnsweep::runner {

at::Tensor values_of(data::Batch& batch, const model::InputShape& shape)
{
    if (batch.values.size() != static_cast<std::size_t>(batch.size * shape.frames * shape.bins)) {
        throw Error("the data set's spectrograms do not have the shape that the trial was planned for");
    }
    return torch::from_blob(batch.values.data(), {batch.size, shape.frames, shape.bins}, torch::kFloat32);
}

at::Tensor labels_of(data::Batch& batch)
{
    return torch::from_blob(batch.labels.data(), {batch.size}, torch::kInt64);
}

at::Tensor tensor_of(const std::vector<double>& class_weights, const c10::Device& device)
{
    return class_weights.empty() ? at::Tensor() : torch::tensor(class_weights, torch::kFloat32).to(device);
}

}  // namespace attnsweep::runner
