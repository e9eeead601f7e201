#pragma once

#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "runner/protocol.h"
#include "runner/rank/messages.h"

namespace attnsweep::runner {

/// Holds what a rank knows of an attempt whose process has ended.
struct AttemptEnd {
    TrialOrder order;
    int status = 0;             ///< from waitpid
    bool asked_to_end = false;  ///< by this rank: SIGTERM, or SIGKILL after the grace period, is then no failure
    std::vector<configs::EpochRecord> epochs;  ///< reported so far
    std::string host, started_at;
    double duration_s = 0;
    std::string said;               ///< the failure message that it reported, if any
    std::string hang;               ///< why this rank killed it as hanging, if it did
    bool memory_was_short = false;  ///< the OOM killer killed some process while it ran
};

/// Says how an attempt ended, by the files that its process left, not by what it reported.
struct Judgement {
    AttemptEnded ended;
    /// The environment failure that stopped it: a full disk, a data set that cannot be read, a result that cannot be read or
    /// written. It then does not count as failed (`ended` says drained), and the sweep is to stop; rerunning the command after
    /// the cause is fixed resumes it.
    std::optional<NodeError> node_error{};
    /// Why its process could not go on: without a library or a thread. It is to be started again. `ended` says drained.
    std::string not_started{};
};

/// Judges each attempt, in their order. For a process that died without a result it writes a failed one: ATTEMPT/result.json,
/// then pending/ID.json, durable on return. Takes several, so that attempts that end at the same time share disk syncs. `node`:
/// this node's name, for messages. Does not throw.
std::vector<Judgement> judge(std::span<const AttemptEnd> ends, const std::string& node);

/// Judges an attempt that could not be started. Does not throw.
Judgement not_started(const TrialOrder& order, const std::string& host, const std::string& message,
                      const std::string& node);

/// Returns what is wrong with a node. `node`: its name.
NodeError node_error(const std::string& node, const std::exception& error);

/// Returns the name of a signal: "SIGKILL" for 9.
std::string signal_name(int number);

}  // namespace attnsweep::runner
