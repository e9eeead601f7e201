#include "runner/planning/measured_epochs.h"

#include <cmath>

#include "runner/planning/trial_timing.h"

namespace attnsweep::runner {

std::optional<scheduler::ExpectationChanged> MeasuredEpochs::measured(const std::string& configuration, double epoch_s)
{
    const auto found = seen_.find(configuration);
    if (found == seen_.end() || found->second.planned_s <= 0 || epoch_s <= 0) {
        return std::nullopt;
    }
    Seen& seen = found->second;
    seen.total_s += epoch_s;
    ++seen.epochs;
    const double mean_s = seen.total_s / seen.epochs;
    const double known_s = seen.told_s > 0 ? seen.told_s : seen.planned_s;
    if (std::abs(mean_s - known_s) < 0.1 * known_s) {
        return std::nullopt;
    }
    seen.told_s = mean_s;
    return scheduler::ExpectationChanged{configuration, mean_s / seen.planned_s,
                                         first_checkpoint_s(checkpoint_every_s_, mean_s)};
}

}  // namespace attnsweep::runner
