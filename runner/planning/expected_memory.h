#pragma once

#include <string>

#include "configs/sweep.h"
#include "configs/trial_spec.h"
#include "scheduler/events.h"

namespace attnsweep::runner {

/// Estimates what a trial takes at its peak on a kind of device, until one of its configuration has been measured:
/// model::cost_of's estimate, and on a GPU what CUDA itself takes there and on the host. Throws model::Error.
scheduler::Memory expected_memory(const configs::TrialSpec& spec, configs::DeviceKind device_kind);

}  // namespace attnsweep::runner
