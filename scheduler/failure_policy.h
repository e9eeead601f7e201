#pragma once

#include <string_view>

namespace attnsweep::scheduler {

/// What is done about a trial that fails in one way (configs::Failure::kind).
struct FailurePolicy {
    std::string_view kind;
    int attempts = 1;  ///< failures of this kind, over all runs, after which the trial is set aside for good
};

/// The one table of policies. A kind not in it is not retried.
FailurePolicy policy_of(std::string_view kind);

}  // namespace attnsweep::scheduler
