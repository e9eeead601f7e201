#pragma once

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_result.h"
#include "configs/trial_spec.h"

namespace attnsweep::runner {

/// Implements Keras' EarlyStopping with min_delta 0: the best epoch is the first that reached the best monitored value; a trial
/// stops after `patience` epochs without a better one, never after its first (paper.md, "The experiment"). Tracks the best epoch
/// even if early stopping is off. Its state is kept in checkpoints.
class EarlyStopping {
public:
    EarlyStopping(configs::Monitor monitor, bool enabled, int patience);
    explicit EarlyStopping(const configs::TrainingSettings& training)
        : EarlyStopping(training.monitor, training.early_stopping, training.patience)
    {
    }

    /// Takes the next epoch. Returns whether it is the best so far. A monitored value that is not finite is never better.
    bool observe(const configs::EpochRecord& epoch);
    bool should_stop() const;
    int best_epoch() const { return best_epoch_; }  ///< 0: none yet

    nlohmann::json state() const;
    void restore(const nlohmann::json& state);

private:
    configs::Monitor monitor_;
    bool enabled_;
    int patience_;
    int seen_ = 0;    // epochs
    int waited_ = 0;  // epochs since the best
    int best_epoch_ = 0;
    double best_ = 0;  // the monitored value there; means nothing while best_epoch_ is 0
};

}  // namespace attnsweep::runner
