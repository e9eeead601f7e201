#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Connects a running trial to its caller.
struct TrialCallbacks {
    std::function<void(const TrialEvent&)> announce;
    std::function<bool()> drain_wanted;  ///< called before each batch
    std::function<void(const std::string&)> log;
};

/// Says how a trial's process ended.
struct TrialEnding {
    enum class Kind { done, drained, failed, batches_done };
    Kind kind = Kind::done;
    configs::Failure failure;  ///< failed
    ExitCode exit_code = exit_done;
    std::optional<configs::TrialResult> result;  ///< done, if this process trained it
};

/// Trains one trial to its end, or until it is to drain: data set, split, epochs with validation, early stopping, the test
/// set under the last and the best weights. paper.md, "The experiment"; what is shuffled is a pure function of
/// (seed.order, epoch), so an interrupted trial resumes in the middle of an epoch and ends with the same bits.
///
/// Writes into `order.attempt_folder`: checkpoints (at intervals, when drained, at the end of training), weights, result.json;
/// then the result into `order.pending_folder`; then announces it. With `write_files` false, or with order.max_batches > 0, it
/// writes nothing and does not resume.
///
/// A failure is a result too (docs/architecture.md, promise 3): it is written, announced, and returned as Kind::failed. Throws files::Error only if that
/// cannot be written. Call it once per process: it sets libtorch's threads.
TrialEnding run_trial(const TrialOrder& order, const TrialCallbacks& callbacks, bool write_files);

}  // namespace attnsweep::runner
