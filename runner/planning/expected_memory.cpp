#include "runner/planning/expected_memory.h"

#include <algorithm>

#include "configs/network_rules.h"
#include "model/cost.h"

namespace attnsweep::runner {

ExpectedMemory::ExpectedMemory(const configs::ExecutionSettings& execution, std::int64_t clips,
                               configs::DeviceKind device_kind, std::int64_t gpu_bytes)
    : execution_(execution), clips_(clips), gpu_bytes_(gpu_bytes), device_kind_(device_kind)
{
}

ExpectedMemory::Estimate ExpectedMemory::estimate(const configs::TrialSpec& spec) const
{
    constexpr std::int64_t float_bytes = 4;
    const model::Cost cost = model::cost_of(
        spec, configs::attention_choice(execution_.attention_implementation, spec.training.precision, device_kind_));
    const bool on_lists = execution_.optimizer_step == configs::OptimizerStep::foreach;
    // A second list where the gradients are not taken as they are.
    const int copies = spec.training.weight_decay > 0 || spec.training.nesterov ? 2 : 1;
    const std::int64_t lists = on_lists ? copies * float_bytes * cost.parameters : 0;
    const std::int64_t clips = float_bytes * clips_ * spec.data_set.frames * spec.data_set.bins;
    bool is_resident = execution_.batch_loading == configs::BatchLoading::resident;
    // The best weights stay on a GPU as a copy; on a CPU their bytes take as much, and the cost has them.
    const bool keeps_copy = device_kind_ == configs::DeviceKind::cuda &&
                            (execution_.late_losses || execution_.batch_loading != configs::BatchLoading::plain);
    Estimate estimate;
    estimate.added_bytes = lists + (keeps_copy ? cost.weights_bytes : 0);
    std::int64_t training = cost.peak_memory_bytes + estimate.added_bytes;
    if (device_kind_ == configs::DeviceKind::cuda) {
        // Context, kernels and workspaces on the device; their libraries on the host. Not measured: no GPU was available.
        constexpr std::int64_t cuda_device_bytes = std::int64_t{1} << 30, cuda_host_bytes = std::int64_t{3} << 30;
        training +=
            cuda_device_bytes + (execution_.step_graph ? cost.peak_memory_bytes : 0);  // a graph's memory is its own
        estimate.clips_fit = training + clips <= gpu_bytes_ / std::max(execution_.slots_per_device, 1) / 10 * 9;
        is_resident |= execution_.batch_loading == configs::BatchLoading::automatic && estimate.clips_fit;
        estimate.memory = {training + (is_resident ? clips : 0), cuda_host_bytes};
    } else {
        estimate.memory = {0, training + (is_resident ? clips : 0)};
    }
    estimate.added_bytes += is_resident ? clips : 0;
    return estimate;
}

const ExpectedMemory::Estimate& ExpectedMemory::known(const configs::Trial& trial)
{
    const auto [found, is_new] = by_configuration_.try_emplace(trial.configuration);
    if (is_new) {
        found->second = estimate(trial.spec);
    }
    return found->second;
}

scheduler::Memory ExpectedMemory::of(const configs::Trial& trial)
{
    return known(trial).memory;
}

std::int64_t ExpectedMemory::added_bytes(const configs::Trial& trial)
{
    return known(trial).added_bytes;
}

bool ExpectedMemory::clips_fit(const configs::Trial& trial)
{
    return known(trial).clips_fit;
}

}  // namespace attnsweep::runner
