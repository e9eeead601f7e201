#pragma once

#include <string>

namespace attnsweep::runner {

/// Formats a duration for people: "8 s", "12 min", "3 h 05 min", "4 d 07 h".
std::string duration_text(double seconds);

}  // namespace attnsweep::runner
