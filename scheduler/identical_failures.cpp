#include "scheduler/identical_failures.h"

#include <fmt/format.h>

#include "configs/failure_message.h"

namespace attnsweep::scheduler {

std::optional<std::string> IdenticalFailures::record(const TrialEnded& end)
{
    if (!is_watching_) {
        return std::nullopt;
    }
    if (trials_.empty()) {
        first_ = end.failure;
    }
    if (end.ending != Ending::failed || end.failure.kind != first_.kind ||
        configs::without_particulars(end.failure.message) != configs::without_particulars(first_.message)) {
        is_watching_ = false;
        return std::nullopt;
    }
    trials_.insert(end.trial);
    if (static_cast<int>(trials_.size()) < to_stop_) {
        return std::nullopt;
    }
    is_watching_ = false;
    return fmt::format("the first {} trials all failed alike: {}", trials_.size(),
                       configs::without_particulars(first_.message));
}

}  // namespace attnsweep::scheduler
