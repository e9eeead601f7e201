#pragma once

#include <map>
#include <string>

#include "configs/sweep.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// Estimates what a trial takes at its peak on a kind of device, until one of its configuration has been measured:
/// model::cost_of's estimate, and on a GPU what CUDA itself takes there and on the host. Not thread-safe.
class ExpectedMemory {
public:
    ExpectedMemory(configs::DeviceKind device_kind, configs::AttentionImplementation attention);

    /// Throws model::Error.
    scheduler::Memory of(const configs::Trial& trial);

private:
    configs::DeviceKind device_kind_;
    configs::AttentionImplementation attention_;
    std::map<std::string, scheduler::Memory> by_configuration_;  // repeats take the same
};

}  // namespace attnsweep::runner
