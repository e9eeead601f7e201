#pragma once

#include <nlohmann/json_fwd.hpp>

namespace attnsweep::runner {

/// Describes what the trial program is and can use here, for a rank's preflight (runner/node/preflight.h), which loads no libtorch:
/// {"version", "libtorch", "processor", "cuda": {"usable", "why", "build", "devices": [{"name", "capability"}]}}.
/// If there is a driver, tries one addition on each GPU, to detect a GPU that the build has no code for.
nlohmann::json describe_machine();

}  // namespace attnsweep::runner
