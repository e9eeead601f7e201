#include "scheduler/failure_policy.h"

#include <array>

namespace attnsweep::scheduler {

FailurePolicy policy_of(std::string_view kind)
{
    static constexpr std::array<FailurePolicy, 6> table = {{
        {"signal", most_kills, true},  // another tenant, a flaky node: often passes
        {"out_of_memory", 2, true},    // once more, alone on its device
        {"hang", 2, true},
        {"device", 3, false},  // the device is at fault and disabled; a trial that breaks three is at fault itself
        {"nan", 1, false},     // the same seeds give the same NaN
        {"error", 1, false},
    }};
    for (const FailurePolicy& policy : table) {
        if (policy.kind == kind) {
            return policy;
        }
    }
    return {kind, 1, false};
}

bool tried_again(const std::map<std::string, int>& failures, const std::string& kind)
{
    const FailurePolicy policy = policy_of(kind);
    int kills = 0;
    for (const auto& [each, count] : failures) {
        if (each == kind && count >= policy.attempts) {
            return false;
        }
        kills += policy_of(each).kills ? count : 0;
    }
    return policy.attempts > 1 && (!policy.kills || kills < most_kills);
}

}  // namespace attnsweep::scheduler
