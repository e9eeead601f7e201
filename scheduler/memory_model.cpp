#include "scheduler/memory_model.h"

#include <algorithm>
#include <cstdint>

namespace attnsweep::scheduler {

namespace {

void raise(std::int64_t& value, std::int64_t to)
{
    value = std::max(value, to);
}

}  // namespace

Memory MemoryModel::need(std::size_t configuration) const
{
    const auto& [estimated, measured] = configurations_[configuration];
    return {measured.device_bytes > 0 ? measured.device_bytes : estimated.device_bytes,
            measured.host_bytes > 0 ? measured.host_bytes : estimated.host_bytes};
}

void MemoryModel::measure(std::size_t configuration, const Memory& peak)
{
    Memory& measured = configurations_[configuration].measured;
    raise(measured.device_bytes, peak.device_bytes);
    raise(measured.host_bytes, peak.host_bytes);
}

void MemoryModel::ran_out(std::size_t configuration, int trials, const Memory& shared)
{
    if (trials < 2) {
        return;
    }
    Memory more = need(configuration);
    if (shared.device_bytes > 0) {
        raise(more.device_bytes, shared.device_bytes / (trials - 1));
    } else {
        raise(more.host_bytes, shared.host_bytes / (trials - 1));
    }
    configurations_[configuration].measured = more;
}

bool MemoryModel::needs_own_device(const configs::FailureCounts& failures)
{
    return failures.contains(configs::FailureKind::out_of_memory);
}

}  // namespace attnsweep::scheduler
