#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/cuda/step_graph.h"
#include "runner/protocol.h"
#include "runner/trial/batch_supply.h"
#include "runner/trial/late_losses.h"
#include "runner/trial/prepared_trial.h"
#include "runner/trial/step_times.h"
#include "runner/trial/trial_progress.h"

namespace attnsweep::runner {

/// Takes the training steps of a trial's epochs, and counts them in its progress. What it is given is its owner's and outlives it.
class TrainingSteps {
public:
    /// Logs why steps are not recorded where execution.step_graph asks for that.
    TrainingSteps(const TrialOrder& order, PreparedTrial& trial, TrialProgress& progress, StepTimes& times,
                  const std::function<void(const std::string&)>& log);

    /// Begins the epoch that `progress` says, from its next batch on.
    void begin_epoch();
    bool are_left() const;
    /// Trains the next batch of the epoch, which must be left. Throws what the team throws, and NamedFailure for a loss that is not
    /// finite: at once, or with execution.late_losses when it is read.
    void take_next();
    /// Reads and counts the losses that are not read yet (execution.late_losses): call it before progress is saved and when an epoch
    /// ends or is left. Throws as take_next() does.
    void read_losses();

private:
    [[noreturn]] void fail(std::int64_t batch, double loss, std::optional<std::int64_t> read_after);

    const TrialOrder& order_;
    PreparedTrial& trial_;
    TrialProgress& progress_;
    StepTimes& times_;
    std::optional<BatchPass> batches_;
    LateLosses late_losses_;
    std::optional<model::cuda::StepGraph> graph_;
};

}  // namespace attnsweep::runner
