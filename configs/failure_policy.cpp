#include "configs/failure_policy.h"

#include <array>

namespace attnsweep::configs {

FailurePolicy policy_of(FailureKind kind)
{
    using Kind = FailureKind;
    static constexpr std::array<FailurePolicy, 6> table = {{
        {Kind::signal, most_kills, true},  // another tenant, a flaky node: often passes
        {Kind::out_of_memory, 2, true},    // once more, alone on its device
        {Kind::hang, 2, true},
        {Kind::device, 3, false},  // the device is at fault and disabled; a trial that breaks three is at fault itself
        {Kind::nan, 1, false},     // the same seeds give the same NaN
        {Kind::error, 1, false},
    }};
    for (const FailurePolicy& policy : table) {
        if (policy.kind == kind) {
            return policy;
        }
    }
    return {kind, 1, false};
}

bool repeats_itself(FailureKind kind)
{
    return kind == FailureKind::nan;
}

bool tried_again(const FailureCounts& failures, FailureKind kind)
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

}  // namespace attnsweep::configs
