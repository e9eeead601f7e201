#pragma once

#include <stdexcept>
#include <string>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Ends a program with an exit code. The message is ready to print.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message, ExitCode exit_code = exit_failed)
        : std::runtime_error(message), exit_code_(exit_code)
    {
    }
    ExitCode exit_code() const { return exit_code_; }

private:
    ExitCode exit_code_;
};

}  // namespace attnsweep::runner
