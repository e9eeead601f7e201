#pragma once

#include <map>
#include <string>
#include <string_view>

namespace attnsweep::scheduler {

/// Says what is done about a trial that fails in one way (configs::Failure::kind).
struct FailurePolicy {
    std::string_view kind;
    int attempts = 1;    ///< failures of this kind, over all runs, after which the trial is given up
    bool kills = false;  ///< the process did not end by itself: such failures count together, whatever their kind
};

/// Failures that killed the process, of all kinds together and over all runs, after which a trial is given up.
inline constexpr int most_kills = 3;

/// Looks a kind up in the one table of policies. A kind that is not in it is not retried.
FailurePolicy policy_of(std::string_view kind);

/// Says whether a trial is retried after a failure of this kind, which `failures` (over all runs, by kind) counts already.
bool tried_again(const std::map<std::string, int>& failures, const std::string& kind);

}  // namespace attnsweep::scheduler
