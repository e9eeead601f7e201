#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::scheduler {

/// What the scheduler or a transport cannot go on with: the call, what it answered (MPI's own error string), the remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace attnsweep::scheduler
