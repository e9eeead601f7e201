#pragma once

#include <string>

namespace attnsweep::files {

/// Returns this machine's name, as leases, attempts and annotations record it.
std::string host_name();

}  // namespace attnsweep::files
