#pragma once

#include <string>
#include <vector>

namespace attnsweep::runner {

/// Replaces this process with a program from the same folder. `input`, if not empty, becomes its standard input. Throws
/// Error if the program cannot be started.
[[noreturn]] void hand_over(const std::string& program, const std::vector<std::string>& arguments,
                            const std::string& input = {});

}  // namespace attnsweep::runner
