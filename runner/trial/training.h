#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// How a trial speaks with the world while it runs.
struct TrialCallbacks {
    std::function<void(const TrialEvent&)> announce;
    std::function<bool()> drain_wanted;  ///< asked before each batch
    std::function<void(const std::string&)> log;
};

/// How a trial's process comes to its end.
struct TrialEnding {
    enum class Kind { done, drained, failed, batches_done };
    Kind kind = Kind::done;
    configs::Failure failure;  ///< failed
    ExitCode exit_code = exit_done;
    std::optional<configs::TrialResult> result;  ///< done, when it was trained here
};

/// Trains one trial to its end, or until it is to drain: data set, split, epochs with validation, early stopping, the test
/// set under the last and the best weights. paper.md, "The experiment"; what is shuffled is a pure function of
/// (seed.order, epoch), so an interrupted trial goes on in the middle of an epoch and ends with the same bits.
///
/// Writes into `order.attempt_folder`: checkpoints (by time, when drained, at the end of training), weights, result.json;
/// then the result's copy into `order.pending_folder`; then announces it. With `write_files` false, or with
/// order.max_batches > 0, nothing is written and nothing earlier is gone on from.
///
/// A failure is a result too (promise 3): it is written and announced, and comes back as Kind::failed. Throws only when that
/// cannot be written (files::Error). Once a process: it sets libtorch's threads.
TrialEnding run_trial(const TrialOrder& order, const TrialCallbacks& callbacks, bool write_files);

}  // namespace attnsweep::runner
