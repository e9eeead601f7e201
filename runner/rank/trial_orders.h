#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "configs/sweep.h"
#include "configs/trial_result.h"
#include "runner/protocol.h"
#include "runner/rank/run_context.h"

namespace attnsweep::runner {

/// Builds the orders of the trials that are left to run, and keeps the result of each ended one until it is committed. The context
/// outlives it. Used only on the loop's thread.
class TrialOrders {
public:
    /// Moves the earlier attempts out of context.remaining.
    explicit TrialOrders(RunContext& context);

    std::size_t size() const { return trials_.size(); }
    /// Returns null for a trial that is not left to run.
    const configs::Trial* find(const std::string& trial) const;

    /// Returns the order of a new attempt, and records it as an earlier attempt for the next. find() must know the trial.
    TrialOrder next(const std::string& trial, int attempt);

    /// Holds an attempt's result: its file, and the file's contents if its rank sent them (else null).
    struct Result {
        std::string file;
        std::shared_ptr<const configs::TrialResult> written;
    };
    void keep_result(const std::string& trial, Result result);
    Result take_result(const std::string& trial);

private:
    struct State {
        const configs::Trial* trial = nullptr;        ///< in the context
        std::vector<std::filesystem::path> attempts;  ///< newest first
        Result result;
    };

    const RunContext& context_;
    std::map<std::string, State> trials_;  ///< by id
};

}  // namespace attnsweep::runner
