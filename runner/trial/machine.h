#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::runner {

/// Describes what the trial program is and can use here, for a rank's preflight (runner/node/preflight.h), which loads no libtorch:
/// {"version", "libtorch", "processor", "cuda": {"loaded", "why", "build", "devices": [{"uuid", "name", "capability", "why", "busy"}]}}.
/// `loaded`: libtorch's CUDA part is here and a driver that is new enough; else `why` says what is missing. Of each GPU `why` says why
/// an addition on it failed ("" if it did not), and `busy` that another process has it to itself for now.
nlohmann::json describe_machine();

/// Waits until the GPU is no longer used by another process alone (busy_gpu.h); returns at once for "cpu". Returns false if `stop` returned
/// true meanwhile. Does not throw: any other failure meets whoever uses the device next.
bool wait_for_gpu(const std::string& device, const std::function<void(const std::string&)>& log,
                  const std::function<bool()>& stop);

}  // namespace attnsweep::runner
