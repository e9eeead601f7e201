#pragma once

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::runner {

/// What the trial program is and can use here, for a rank's preflight (runner/node/preflight.h), which loads no libtorch:
/// {"version", "libtorch", "processor", "cuda": {"usable", "why", "build", "devices": [{"name", "capability"}]}}.
/// Where a driver is there, each GPU is tried with one addition: a GPU that the build has no code for is found out.
nlohmann::json describe_machine();

}  // namespace attnsweep::runner
