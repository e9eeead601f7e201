#pragma once

#include <string>

namespace attnsweep::runner {

/// What a shell command writes to its standard output, without the newlines at the end; empty where it cannot be run. Its exit
/// status is not looked at. No child started meanwhile holds the pipe open.
std::string command_output(const std::string& command);

}  // namespace attnsweep::runner
