#include "runner/trial/late_losses.h"

#include <cmath>
#include <utility>

namespace attnsweep::runner {

void LateLosses::keep(model::StepResult step, std::int64_t batch, std::int64_t clips)
{
    steps_.push_back(std::move(step));
    of_.push_back({batch, clips});
}

std::optional<LateLosses::NotFinite> LateLosses::read(model::ReplicaTeam& team, TrialProgress& progress)
{
    if (steps_.empty()) {
        return std::nullopt;
    }
    std::vector<model::StepResult> steps = std::exchange(steps_, {});
    const std::vector<Of> of = std::exchange(of_, {});
    team.read_late(steps);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (!std::isfinite(steps[i].loss)) {
            return NotFinite{of[i].batch, steps[i].loss};
        }
        progress.add_loss(steps[i].loss, steps[i].correct, of[i].clips);
    }
    return std::nullopt;
}

}  // namespace attnsweep::runner
