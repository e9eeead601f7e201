#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::configs {

/// Reports an invalid sweep file, setting or name given by the user. The message is ready to print: file, line and
/// column where known, the value, what was expected, and the remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace attnsweep::configs
