#pragma once

#include <exception>
#include <string>

#include "configs/trial_result.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// A failure whose kind is known where it is found (docs/architecture.md, promise 3). Thrown there.
struct NamedFailure {
    configs::Failure failure;
};

struct FailureAndCode {
    configs::Failure failure;  ///< of any kind but signal and hang
    ExitCode exit_code = exit_failed;
};

/// Returns the failure and the exit code for the exception that ended a trial.
FailureAndCode name_failure(const std::exception_ptr& thrown);

}  // namespace attnsweep::runner
