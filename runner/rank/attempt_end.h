#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "runner/protocol.h"
#include "runner/rank/messages.h"

namespace attnsweep::runner {

/// What a rank knows of an attempt whose process has ended.
struct AttemptEnd {
    TrialOrder order;
    int status = 0;             ///< as waitpid gives it
    bool asked_to_end = false;  ///< by this rank: an end by SIGTERM, or by the SIGKILL after the grace, is no failure
    std::vector<configs::EpochRecord> epochs;  ///< heard of
    std::string host, started_at;
    double duration_s = 0;
    std::string said;               ///< its failure, in its own words, if it named one
    std::string hang;               ///< why this rank killed it as one that hangs, if it did
    bool memory_was_short = false;  ///< the kernel killed something for want of memory while it ran
};

/// How an attempt ended: what its process left in files counts, not what it said.
struct Judgement {
    AttemptEnded ended;
    /// What stopped it is no fault of its trial: a full disk, a data set that cannot be read, a result that cannot be read or
    /// written. Then it is not counted as failed (`ended` says drained); the sweep is to stop, and the same command goes on
    /// once that is mended.
    std::optional<NodeError> node_error;
};

/// Of each, in their order. A process that died without leaving a result gets a failed one: ATTEMPT/result.json, then
/// pending/ID.json, durable on return. Together, so that those that end in one moment share the waits for the disk. `node`:
/// this one, for messages. Throws nothing: it runs where nobody catches.
std::vector<Judgement> judge(std::span<const AttemptEnd> ends, const std::string& node);

/// The same of an attempt that could not be started.
Judgement not_started(const TrialOrder& order, const std::string& host, const std::string& message,
                      const std::string& node);

/// "SIGKILL" for 9.
std::string signal_name(int number);

}  // namespace attnsweep::runner
