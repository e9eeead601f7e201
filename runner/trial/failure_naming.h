#pragma once

#include <exception>
#include <string>

#include "configs/trial_result.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// A failure with a name of its own (design, promise 3), thrown by what found it.
struct NamedFailure {
    configs::Failure failure;
};

/// Throws the failure "nan" for a loss that is no number or infinite; `what` begins its message.
[[noreturn]] void throw_bad_loss(const std::string& what, double loss);

struct FailureAndCode {
    configs::Failure failure;  ///< no signal, no hang
    ExitCode exit_code = exit_failed;
};

/// Names whatever ended a trial.
FailureAndCode name_failure(const std::exception_ptr& thrown);

}  // namespace attnsweep::runner
