#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::model {

/// Reports invalid settings of a network, invalid weights or an unusable device. The message names the key or the
/// entry, the value, what was expected, and the remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

/// Reports that the requested device is not available; the message names what is missing and the remedy.
class NoDevice : public Error {
public:
    using Error::Error;
};

}  // namespace attnsweep::model
