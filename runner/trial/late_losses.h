#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/replicas/replica_team.h"
#include "model/training_step.h"
#include "runner/trial/trial_progress.h"

namespace attnsweep::runner {

/// Keeps the steps of an epoch whose losses and counts are still on the device (execution.late_losses), so that the host does not wait
/// for each. What has not been read before a checkpoint, or before the epoch ends, would be lost: its owner reads it there.
class LateLosses {
public:
    /// Keeps a step of train_batch with `reads_late`, of this batch of the epoch.
    void keep(model::StepResult step, std::int64_t batch, std::int64_t clips);
    bool are_many() const { return steps_.size() >= most_kept; }

    struct NotFinite {
        std::int64_t batch = 0;
        double loss = 0;
    };
    /// Waits for the kept steps and adds their losses to `progress`, one after the other: the same sums as if each had been read at
    /// once. Returns the first that is not finite; it and those after it are not added. Throws as ReplicaTeam::read_late does.
    std::optional<NotFinite> read(model::ReplicaTeam& team, TrialProgress& progress);

private:
    static constexpr std::size_t most_kept = 50;
    struct Of {
        std::int64_t batch = 0, clips = 0;
    };
    std::vector<model::StepResult> steps_;
    std::vector<Of> of_;  // each step's
};

}  // namespace attnsweep::runner
