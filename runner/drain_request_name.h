#pragma once

namespace attnsweep::runner {

/// Names the file in the store's folder that asks the sweep running there to drain. Anyone who can write the folder may create it.
inline constexpr const char* drain_request_name = "drain";

}  // namespace attnsweep::runner
