#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::scheduler {

/// Reports an error after which the scheduler or a transport cannot continue: the call, MPI's own error text, the
/// remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace attnsweep::scheduler
