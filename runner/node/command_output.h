#pragma once

#include <string>

namespace attnsweep::runner {

/// Runs a shell command and returns its standard output without the newlines at the end; empty if it cannot be run. Ignores its
/// exit status. The pipe is close-on-exec, so no child started meanwhile holds it open. `why_not`: is told why it cannot be run.
std::string command_output(const std::string& command, std::string* why_not = nullptr);

}  // namespace attnsweep::runner
