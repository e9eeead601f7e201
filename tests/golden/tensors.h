#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <torch/types.h>

#include "golden_file.h"
#include "model/instrument_net.h"
#include "model/weights.h"

namespace attnsweep::golden {

inline at::Tensor tensor(const Array& array)
{
    return at::from_blob(const_cast<float*>(array.values.data()), array.shape, at::kFloat).clone();
}

inline std::vector<float> values(const at::Tensor& tensor)
{
    const at::Tensor plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    return {plain.const_data_ptr<float>(), plain.const_data_ptr<float>() + plain.numel()};
}

/// Keras' (N, H, W, C) as this project's (N, C, H, W), and back.
inline at::Tensor from_channels_last(const Array& array)
{
    return tensor(array).permute({0, 3, 1, 2});
}
inline at::Tensor to_channels_last(const at::Tensor& x)
{
    return x.permute({0, 2, 3, 1});
}

/// Copies a golden file's weights into the live tensors; both must hold the same names and shapes. Throws Error.
inline void assign(const std::vector<model::NamedTensor>& targets, const std::map<std::string, Array>& weights,
                   const std::string& place)
{
    at::NoGradGuard no_grad;
    std::set<std::string> known;
    for (const model::NamedTensor& target : targets) {
        const auto found = weights.find(target.name);
        if (found == weights.end()) {
            throw Error(place + " lacks " + target.name);
        }
        at::Tensor live = target.tensor;
        const at::Tensor read = model::from_keras_layout(target.name, tensor(found->second));
        if (read.sizes() != live.sizes()) {
            throw Error(place + "/" + target.name + " is of another shape than the attributes make the network's");
        }
        live.copy_(read);
        known.insert(target.name);
    }
    for (const auto& [name, array] : weights) {
        if (!known.contains(name)) {
            // NOLINTNEXTLINE(performance-inefficient-string-concatenation): thrown once
            throw Error(place + "/" + name + " is no weight of this network");
        }
    }
}

}  // namespace attnsweep::golden
