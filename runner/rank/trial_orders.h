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

/// Writes the orders of the trials that are left to run, and keeps the result of each that has ended until it is committed.
/// The context outlives it. On the loop's thread alone.
class TrialOrders {
public:
    /// Takes the earlier attempts out of what remains.
    explicit TrialOrders(RunContext& context);

    std::size_t size() const { return trials_.size(); }
    /// Null: not one that is left to run.
    const configs::Trial* find(const std::string& trial) const;

    /// Returns the order of a new attempt, which is an earlier one of the next. The trial is one that find() knows.
    TrialOrder next(const std::string& trial, int attempt);

    /// What an attempt left: the file that says how it ended, and what that says where its rank told (else null).
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
