#include "runner/trial/network_state.h"

#include <cstring>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "model/weights.h"

namespace attnsweep::runner {

std::string checkpoint_bytes(const nlohmann::json& state, const model::InstrumentNet& net,
                             const model::Optimizer& optimizer, const std::string& best_weights)
{
    const std::string weights = model::to_bytes(net);
    const std::string optimizer_state = optimizer.to_bytes();
    const at::Tensor random = at::globalContext().defaultGenerator(c10::kCPU).get_state().contiguous();
    const std::string_view random_bytes(static_cast<const char*>(random.data_ptr()), random.nbytes());
    return encode_checkpoint(state, {{"weights", weights},
                                     {"optimizer", optimizer_state},
                                     {"best_weights", best_weights},
                                     {"random", random_bytes}});
}

std::string restore_network(const Checkpoint& checkpoint, model::InstrumentNet& net, model::Optimizer& optimizer)
{
    model::from_bytes(net, checkpoint.part("weights"));
    optimizer.from_bytes(checkpoint.part("optimizer"));
    const std::string_view random = checkpoint.part("random");
    at::Tensor random_state = torch::empty({static_cast<std::int64_t>(random.size())}, torch::kUInt8);
    std::memcpy(random_state.data_ptr(), random.data(), random.size());
    at::Generator generator = at::globalContext().defaultGenerator(c10::kCPU);  // a handle
    generator.set_state(random_state);
    return std::string(checkpoint.part("best_weights"));
}

}  // namespace attnsweep::runner
