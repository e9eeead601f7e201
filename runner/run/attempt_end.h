#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "runner/protocol.h"
#include "runner/run/messages.h"

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

/// What stopped an attempt that is no fault of its trial: a full disk, a data set that cannot be read. It left no result
/// and is not counted as failed; the sweep is to stop, and the same command goes on once that is mended.
std::optional<Trouble> fault_of_surroundings(const AttemptEnd& end);

/// How an attempt ended: what its process left in files counts, not what it said. A process that died without leaving a result
/// gets a failed one: ATTEMPT/result.json, then pending/ID.json, both durable. Throws files::Error when that cannot be
/// written.
Ended judge(const AttemptEnd& end);

/// The same for an attempt that could not be started.
Ended not_started(const TrialOrder& order, const std::string& host, const std::string& message);

/// "SIGKILL" for 9.
std::string signal_name(int number);

}  // namespace attnsweep::runner
