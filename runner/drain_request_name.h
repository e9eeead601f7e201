#pragma once

namespace attnsweep::runner {

/// Names the file by which anybody who can write the store's folder asks the sweep that runs there to drain.
inline constexpr const char* drain_request_name = "drain";

}  // namespace attnsweep::runner
