#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::scheduler {

/// Where one assignment at a time runs: a GPU of a node or a share of one, else a share of the node's cores, which are one
/// device together. It belongs to the node; any live rank there can start a trial on it.
struct Slot {
    std::string node;
    int device = 0;  ///< 0-based within the node
    int place = 0;   ///< 0-based within the device
    auto operator<=>(const Slot&) const = default;
};

/// What a trial takes at its peak, or a place has to give. 0: unknown.
struct Memory {
    std::int64_t device_bytes = 0;  ///< of a GPU's own
    std::int64_t host_bytes = 0;    ///< of the node's
    bool operator==(const Memory&) const = default;
};

/// What is placed: today one trial on one slot; later repeats stacked in one process, or one trial on several slots.
struct Assignment {
    int attempt = 1;                  ///< higher than every earlier attempt of its trials
    std::vector<std::string> trials;  ///< ids
    std::vector<Slot> slots;
    bool operator==(const Assignment&) const = default;
};

// ---- events: what has happened ----------------------------------------------------------------------------------

/// A rank can start trials. Each rank of a node tells the same of it; the first one counts. Slot s of the node is place
/// s / devices of device s % devices.
struct RankJoined {
    int rank = 0;
    std::string node;
    int slots = 1;
    int devices = 0;  ///< 0: as many as slots
    Memory memory;    ///< free before the first trial: of each device, and of the node
};

/// A rank is gone, or cannot be heard. What it ran is waited for anew; its slots pass to the node's other ranks.
struct RankLost {
    int rank = 0;
    std::string reason;
};

/// Nothing runs any more of an attempt whose rank was lost.
struct AttemptExited {
    std::string trial;
    int attempt = 1;
};

/// A sign of life: an epoch, a share of one.
struct TrialProgress {
    std::string trial;
    int attempt = 1;
    Memory peak;  ///< of its process so far; 0: not said
};

/// The process of an attempt has ended and nothing is wrong with its place, which is free from now on. What it left is still
/// being looked at and made durable; TrialEnded follows and says how it ended. Left out where the place waits for that word.
struct SlotReleased {
    std::string trial;
    int attempt = 1;
};

/// done: the result is a durable file. failed: `failure` says why; the result is a durable file too.
/// drained: it was asked to stop and left a checkpoint; not a failure.
enum class Ending { done, failed, drained };

/// The process of an attempt has ended, and it is known how.
struct TrialEnded {
    std::string trial;
    int attempt = 1;
    Ending ending = Ending::done;
    configs::Failure failure;
};

/// The trials of a configuration take so many times as long as was planned: its epochs have been measured.
struct ExpectationChanged {
    std::string configuration;
    double factor = 1;
    double first_checkpoint_s = 0;  ///< as PlannedTrial's
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
    std::variant<Tick, RankJoined, RankLost, AttemptExited, TrialProgress, SlotReleased, TrialEnded, Committed,
                 ExpectationChanged, DrainRequested>
        what;
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

/// The rank that ran this is lost, this one lives on its node: tell with AttemptExited when its process has ended.
struct WatchEnding {
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

/// The device failed: nothing is started on it for the rest of the sweep. A CPU node is one device.
struct DeviceDisabled {
    std::string node;
    int device = 0;
    std::string reason;
};

/// all_done, some_failed: every trial has ended. drained: some are left; the same command goes on.
/// same_failure: the first trials all failed alike, which a sweep's own mistake explains; `reason` says it.
/// no_device: every device has been set aside, and trials are left; `reason` says what they failed with.
enum class SweepEnding { all_done, some_failed, drained, same_failure, no_device };

/// The last action of a sweep.
struct Finished {
    SweepEnding ending = SweepEnding::all_done;
    int done = 0, failed = 0, left = 0;
    std::string reason;
};

using Action =
    std::variant<Assign, CommitResult, Acknowledge, WatchEnding, DrainTrials, TrialSetBack, DeviceDisabled, Finished>;

}  // namespace attnsweep::scheduler
