#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "configs/sweep.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// Estimates what a trial takes at its peak on a kind of device, until one of its configuration has been measured:
/// model::cost_of's estimate, what the execution settings add (resident clips, an optimizer's lists, a copy of the best weights), and on
/// a GPU what CUDA itself takes there and on the host. Not thread-safe.
class ExpectedMemory {
public:
    /// `clips`: of the data set. `gpu_bytes`: all memory of the smallest GPU; 0: unknown.
    ExpectedMemory(const configs::ExecutionSettings& execution, std::int64_t clips, configs::DeviceKind device_kind,
                   std::int64_t gpu_bytes = 0);

    /// Throws model::Error, as do the next two.
    scheduler::Memory of(const configs::Trial& trial);
    /// Returns what of it the execution settings add to model::cost_of's estimate.
    std::int64_t added_bytes(const configs::Trial& trial);
    /// Returns whether the trial's clips fit into a GPU's memory beside its training, with as many trials as share one; false: not known
    /// to, or on CPUs. By all memory that the GPU has, so that it is the same for the whole sweep.
    bool clips_fit(const configs::Trial& trial);

private:
    struct Estimate {
        scheduler::Memory memory = {};
        std::int64_t added_bytes = 0;
        bool clips_fit = false;
    };
    Estimate estimate(const configs::TrialSpec& spec) const;
    const Estimate& known(const configs::Trial& trial);

    configs::ExecutionSettings execution_;
    std::int64_t clips_, gpu_bytes_;
    configs::DeviceKind device_kind_;
    std::map<std::string, Estimate> by_configuration_;  // repeats take the same
};

}  // namespace attnsweep::runner
