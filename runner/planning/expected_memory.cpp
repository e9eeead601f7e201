#include "runner/planning/expected_memory.h"

#include <cstdint>

#include "configs/network_rules.h"
#include "model/cost.h"

namespace attnsweep::runner {

namespace {

scheduler::Memory estimate(const configs::TrialSpec& spec, configs::DeviceKind device_kind,
                           configs::AttentionImplementation attention)
{
    attention = configs::attention_choice(attention, spec.training.precision, device_kind);
    const std::int64_t on_the_cpu = model::cost_of(spec, attention).peak_memory_bytes;
    if (device_kind != configs::DeviceKind::cuda) {
        return {0, on_the_cpu};
    }
    // Context, kernels and workspaces on the device; their libraries on the host. Not measured: no GPU was available.
    constexpr std::int64_t cuda_device_bytes = std::int64_t{1} << 30, cuda_host_bytes = std::int64_t{3} << 30;
    return {on_the_cpu + cuda_device_bytes, cuda_host_bytes};
}

}  // namespace

ExpectedMemory::ExpectedMemory(configs::DeviceKind device_kind, configs::AttentionImplementation attention)
    : device_kind_(device_kind), attention_(attention)
{
}

scheduler::Memory ExpectedMemory::of(const configs::Trial& trial)
{
    const auto [known, is_new] = by_configuration_.try_emplace(trial.configuration);
    if (is_new) {
        known->second = estimate(trial.spec, device_kind_, attention_);
    }
    return known->second;
}

}  // namespace attnsweep::runner
