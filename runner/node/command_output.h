#pragma once

#include <string>
#include <vector>

namespace attnsweep::runner {

/// Runs a shell command and returns its standard output without the newlines at the end; empty if it cannot be run. Ignores its
/// exit status. The pipe is close-on-exec, so no child started meanwhile holds it open. `why_not`: is told why it cannot be run.
std::string command_output(const std::string& command, std::string* why_not = nullptr);

/// Runs a program, words[0] being its path, without a shell and with `variables` ("NAME=value") as its environment, and returns what it
/// prints on standard output and error. Ignores its exit status. After `limit_s` it is killed. `why_not`: is told why it
/// cannot be run, or that it was killed.
std::string program_output(std::vector<std::string> words, std::vector<std::string> variables, int limit_s,
                           std::string& why_not);

}  // namespace attnsweep::runner
