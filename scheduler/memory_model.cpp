#include "scheduler/memory_model.h"

#include <algorithm>
#include <cstdint>

namespace attnsweep::scheduler {

namespace {

void raise(std::int64_t& value, std::int64_t to)
{
    value = std::max(value, to);
}

Memory known(const Memory& measured, const Memory& otherwise)
{
    return {measured.device_bytes > 0 ? measured.device_bytes : otherwise.device_bytes,
            measured.host_bytes > 0 ? measured.host_bytes : otherwise.host_bytes};
}

}  // namespace

Memory MemoryModel::need(std::size_t configuration, int devices) const
{
    const Peaks& peaks = configurations_[configuration];
    const Memory on_one = known(peaks.on_one, peaks.estimated);
    return devices > 1 ? known(peaks.on_each_of_several, on_one) : on_one;
}

void MemoryModel::measure(std::size_t configuration, const Memory& peak, int devices)
{
    Memory& measured = configurations_[configuration].measured(devices);
    raise(measured.device_bytes, peak.device_bytes);
    raise(measured.host_bytes, (peak.host_bytes + devices - 1) / devices);
}

void MemoryModel::ran_out(std::size_t configuration, int places, const Memory& shared, int devices)
{
    if (places < 2) {
        return;
    }
    Memory more = need(configuration, devices);
    if (shared.device_bytes > 0) {
        raise(more.device_bytes, shared.device_bytes / (places - 1));
    } else {
        raise(more.host_bytes, shared.host_bytes / (places - 1));
    }
    configurations_[configuration].measured(devices) = more;
}

bool MemoryModel::needs_own_device(const configs::FailureCounts& failures)
{
    return failures.contains(configs::FailureKind::out_of_memory);
}

}  // namespace attnsweep::scheduler
