#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::configs {

/// What is wrong with a sweep file, a setting or a name the user gave. The message says, ready to print:
/// file, line and column where they are known, the value, what was expected, and what to do.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace attnsweep::configs
