#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "configs/trial_result.h"
#include "runner/protocol.h"
#include "runner/trial/checkpoint.h"
#include "runner/trial/early_stopping.h"

namespace attnsweep::runner {

/// Holds a trial's progress, which a checkpoint keeps beside the tensors. Doubles survive the JSON bit by bit.
struct TrialProgress {
    explicit TrialProgress(const configs::TrainingSettings& training) : stopping(training) {}

    int epoch = 1;           ///< the one being trained, from 1
    std::int64_t batch = 0;  ///< batches done of it; all done but no EpochRecord yet: validation is next
    bool trained = false;    ///< whether training has ended, after `epochs.size()` epochs: the test set is next
    double loss_sum = 0;     ///< of this epoch, over its clips so far
    std::int64_t correct = 0, clips = 0;  ///< of this epoch so far
    double epoch_duration_s = 0;          ///< of this epoch so far
    std::vector<configs::EpochRecord> epochs;
    EarlyStopping stopping;
    double duration_s = 0;               ///< over all attempts
    std::int64_t peak_memory_bytes = 0;  ///< over all attempts
    std::string started_at;              ///< when the first attempt began, UTC
    configs::ExecutionRecord execution;

    /// Counts a batch. `loss`: its mean.
    void add_batch(double loss, std::int64_t batch_correct, std::int64_t batch_clips);
    /// Adds the loss of a batch that `batch` counts already: the same sums, in the order of the calls.
    void add_loss(double loss, std::int64_t batch_correct, std::int64_t batch_clips);
    double running_loss() const { return clips == 0 ? 0 : loss_sum / static_cast<double>(clips); }
    double running_accuracy() const
    {
        return clips == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(clips);
    }

    /// Ends the epoch. Returns whether its weights are the best so far. Sets `trained` if it was the last one.
    bool end_epoch(double validation_loss, double validation_accuracy, int max_epochs);

    /// Sets the epochs, the best of them, whether training stopped early, when the first attempt began, and the execution.
    void describe(configs::TrialResult& result) const;

    /// Sets the epoch, the batch and the running loss. `event.batches`: those of an epoch. While the test set is evaluated, progress is
    /// that of the last epoch: no batch of another one is trained.
    void describe(TrialEvent& event) const;

    nlohmann::json state() const;
    void restore(const nlohmann::json& state);  ///< throws nlohmann's exceptions and configs::Error
    /// Restores the progress that a checkpoint of this trial keeps. Throws Error naming the checkpoint if it is another trial's,
    /// or lacks what this version of attnsweep reads.
    void restore(const Checkpoint& checkpoint, const std::string& trial_id);
};

/// Says on what a trial runs, how it computes attention if it has any, and how its optimizer steps if not weight by weight.
std::string execution_in_words(const configs::ExecutionRecord& execution);

/// Returns whether a trial begun under `before` and resumed under `now` may end with other bits: another device, or on the CPU another processor,
/// number of threads, build or library. A different host name alone does not count.
bool settings_differ(const configs::ExecutionRecord& before, const configs::ExecutionRecord& now);

}  // namespace attnsweep::runner
