#include "scheduler/failure_policy.h"

#include <array>

namespace attnsweep::scheduler {

FailurePolicy policy_of(std::string_view kind)
{
    static constexpr std::array<FailurePolicy, 6> table = {{
        {"signal", 3},         // another tenant, a memory limit, a flaky node: often passes
        {"out_of_memory", 2},  // once more, alone on its device
        {"hang", 2},
        {"device", 3},  // the device is at fault, not the trial
        {"nan", 1},     // the same seeds give the same NaN
        {"error", 1},
    }};
    for (const FailurePolicy& policy : table)
        if (policy.kind == kind)
            return policy;
    return {kind, 1};
}

}  // namespace attnsweep::scheduler
