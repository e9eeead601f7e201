#pragma once

#include <string>

namespace attnsweep::runner {

/// Returns the current time in UTC, ISO 8601 to the second: "2024-05-01T12:00:00Z".
std::string utc_now();

}  // namespace attnsweep::runner
