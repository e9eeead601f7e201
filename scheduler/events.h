#pragma once

#include <compare>
#include <string>
#include <variant>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::scheduler {

/// A place where one assignment at a time runs: a GPU of a node, else a share of its cores. It belongs to the node;
/// any live rank there can start a trial on it.
struct Slot {
    std::string node;
    int device = 0;  ///< 0-based within the node
    auto operator<=>(const Slot&) const = default;
};

/// What is placed: today one trial on one slot; later repeats stacked in one process, or one trial on several slots.
struct Assignment {
    int attempt = 1;                  ///< higher than every earlier attempt of its trials
    std::vector<std::string> trials;  ///< ids
    std::vector<Slot> slots;
    bool operator==(const Assignment&) const = default;
};

// ---- events: what has happened ----------------------------------------------------------------------------------

/// A rank can start trials. Each rank of a node tells the same number of slots; the first one counts.
struct RankJoined {
    int rank = 0;
    std::string node;
    int slots = 1;
};

/// A rank is gone, or cannot be heard. What it ran is waited for anew; its slots pass to the node's other ranks.
struct RankLost {
    int rank = 0;
    std::string reason;
};

/// The process of an attempt has begun.
struct TrialStarted {
    std::string trial;
    int attempt = 1;
};

/// A sign of life: an epoch, a share of one.
struct TrialProgress {
    std::string trial;
    int attempt = 1;
};

/// done: the result is a durable file. failed: `failure` says why; the result is a durable file too.
/// drained: it was asked to stop and left a checkpoint; not a failure.
enum class Ending { done, failed, drained };

/// The process of an attempt has ended.
struct TrialEnded {
    std::string trial;
    int attempt = 1;
    Ending ending = Ending::done;
    configs::Failure failure;
};

/// The result of an attempt is durably in the store.
struct Committed {
    std::string trial;
    int attempt = 1;
};

/// Start nothing more; what runs is to leave a checkpoint and end.
struct DrainRequested {
    std::string reason;
};

/// Time has passed.
struct Tick {};

struct Event {
    double time_s = 0;  ///< of one monotonic clock, real or virtual; never falls
    std::variant<Tick, RankJoined, RankLost, TrialStarted, TrialProgress, TrialEnded, Committed, DrainRequested> what;
};

// ---- actions: what is to be done ----------------------------------------------------------------------------------

/// Start this on that rank.
struct Assign {
    int rank = 0;
    Assignment assignment;
    bool operator==(const Assign&) const = default;
};

/// Bring the result of this attempt into the store; then tell it with Committed.
struct CommitResult {
    std::string trial;
    int attempt = 1;
};

/// The result is in the store: the rank that ran it may forget it.
struct Acknowledge {
    int rank = 0;
    std::string trial;
    int attempt = 1;
};

/// Ask everything that runs on this rank to leave a checkpoint and end.
struct DrainTrials {
    int rank = 0;
};

/// A trial that failed in this way is tried again; or is not, and stays failed.
struct TrialSetBack {
    std::string trial;
    int attempt = 1;
    configs::Failure failure;
    bool again = false;
};

/// The rank is needed no more.
struct StopRank {
    int rank = 0;
};

/// all_done, some_failed: every trial has ended. drained: some are left; the same command goes on.
/// same_failure: the first trials all failed alike, which a sweep's own mistake explains; `reason` says it.
enum class SweepEnding { all_done, some_failed, drained, same_failure };

/// The last action of a sweep.
struct Finished {
    SweepEnding ending = SweepEnding::all_done;
    int done = 0, failed = 0, left = 0;
    std::string reason;
};

using Action = std::variant<Assign, CommitResult, Acknowledge, DrainTrials, TrialSetBack, StopRank, Finished>;

}  // namespace attnsweep::scheduler
