#pragma once

#include <stdexcept>
#include <string>

namespace attnsweep::scheduler {

/// Reports what the scheduler or a transport cannot continue after: the call, its error (MPI's own string), the remedy.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace attnsweep::scheduler
