#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::model {

/// What is wrong with a network's settings, its weights or the device asked for: the message names the key or the
/// entry, the value, what was expected, and what to do.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

/// The device asked for is not there; the message says what is missing and the remedy.
class NoDevice : public Error {
public:
    using Error::Error;
};

}  // namespace attnsweep::model
