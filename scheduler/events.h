#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "configs/trial_result.h"

namespace attnsweep::scheduler {

/// A slot runs one assignment at a time: a GPU of a node or a share of it, else a share of the node's cores, which
/// together are one device. It belongs to the node; any live rank there can start a trial on it.
struct Slot {
    std::string node;
    int device = 0;                                 ///< 0-based within the node
    int place = 0;                                  ///< 0-based within the device
    auto operator<=>(const Slot&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// The bytes that a trial takes at its peak, or that a device and its node have. 0: unknown.
struct Memory {
    std::int64_t device_bytes = 0;  ///< of a GPU's own memory
    std::int64_t host_bytes = 0;    ///< of the node's memory
    bool operator==(const Memory&) const = default;
};

/// What runs where: one trial, on one slot or on several of a node; later stacked repeats in one process.
struct Assignment {
    int attempt = 1;                  ///< higher than every earlier attempt of its trials
    std::vector<std::string> trials;  ///< ids
    std::vector<Slot> slots;          ///< of one node, on a device each, or of its cores
    bool operator==(const Assignment&) const = default;
};

// ---- events: what has happened ----------------------------------------------------------------------------------

/// A rank can start trials. All ranks of a node describe it alike; the first description counts. Slot s of the node is
/// place s / devices of device s % devices.
struct RankJoined {
    int rank = 0;
    std::string node;
    int slots = 1;
    int devices = 0;  ///< 0: as many as slots
    Memory memory;    ///< free before the first trial: of each device, and of the node
    /// The slots are shares of the cores: a trial on several takes any; else each is on another device.
    bool of_cores = false;
    bool others_follow = false;  ///< more ranks join at this time: with "auto" devices, nothing starts before the last
    bool one_each = false;       ///< no trial can be on several of its devices
    std::vector<std::int64_t> bytes_of_devices{};  ///< free on each; empty: memory.device_bytes on each
};

/// A rank was lost: it died, or its heartbeat timed out. What it ran is assigned again; its slots pass to the node's
/// other ranks.
struct RankLost {
    int rank = 0;
    std::string reason;
};

/// The process of an attempt whose rank was lost has ended.
struct AttemptExited {
    std::string trial;
    int attempt = 1;
};

/// A trial made progress: an epoch, or part of one.
struct TrialProgress {
    std::string trial;
    int attempt = 1;
    Memory peak;  ///< of its process so far; 0: not reported
};

/// The process of an attempt has ended and its slot, which works, is free from now on. Its result is still being read
/// and made durable; TrialEnded follows and reports how it ended. Not sent if the slot is kept until then.
struct SlotReleased {
    std::string trial;
    int attempt = 1;
};

/// How an attempt ended. done: the result is a durable file. failed: `failure` says why; the result is a durable file too.
/// drained: it was asked to stop and wrote a checkpoint; not a failure.
enum class Ending { done, failed, drained };

/// The process of an attempt has ended, and how it ended is known.
struct TrialEnded {
    std::string trial;
    int attempt = 1;
    Ending ending = Ending::done;
    configs::Failure failure;
};

/// Epochs of a configuration have been measured: its trials take `factor` times as long as planned.
struct ExpectationChanged {
    std::string configuration;
    double factor = 1;
    double first_checkpoint_s = 0;  ///< from a trial's first batch to its next checkpoint, at least
};

/// The result of an attempt is durably in the store.
struct Committed {
    std::string trial;
    int attempt = 1;
};

/// An early end was requested: nothing more is started; running trials write a checkpoint and end.
struct DrainRequested {
    std::string reason;
};

/// Time has passed, and nothing else happened.
struct Tick {};

struct Event {
    double time_s = 0;  ///< of one monotonic clock, real or virtual; never decreases
    std::variant<Tick, RankJoined, RankLost, AttemptExited, TrialProgress, SlotReleased, TrialEnded, Committed,
                 ExpectationChanged, DrainRequested>
        what;
};

// ---- actions: what is to be done ----------------------------------------------------------------------------------

/// Start the assignment on the rank.
struct Assign {
    int rank = 0;
    Assignment assignment;
    bool operator==(const Assign&) const = default;
};

/// Write the result of the attempt to the store; then report Committed.
struct CommitResult {
    std::string trial;
    int attempt = 1;
};

/// The result is in the store: tell the rank that ran it, which may discard it.
struct Acknowledge {
    int rank = 0;
    std::string trial;
    int attempt = 1;
};

/// Watch the process of an attempt whose rank was lost, from this rank on the same node; report AttemptExited when it
/// ends.
struct WatchEnding {
    int rank = 0;
    std::string trial;
    int attempt = 1;
};

/// Ask all trials that run on the rank to write a checkpoint and end.
struct DrainTrials {
    int rank = 0;
};

/// Report how a trial failed, and whether it is retried or given up.
struct TrialSetBack {
    std::string trial;
    int attempt = 1;
    configs::Failure failure;
    bool again = false;
};

/// Report that a device failed: nothing is started on it for the rest of the sweep. A CPU node is one device.
struct DeviceDisabled {
    std::string node;
    int device = 0;
    std::string reason;
};

/// How a sweep ends. all_done, some_failed: every trial has ended. drained: some are left; rerunning the command resumes them.
/// same_failure: the first trials all failed with the same failure, which suggests a mistake in the sweep; `reason` names it.
/// no_device: every device has been disabled, and trials are left; `reason` is the failure of the last device.
enum class SweepEnding { all_done, some_failed, drained, same_failure, no_device };

/// End the sweep: the last action of all.
struct Finished {
    SweepEnding ending = SweepEnding::all_done;
    int done = 0, failed = 0, left = 0;
    std::string reason;
};

using Action =
    std::variant<Assign, CommitResult, Acknowledge, WatchEnding, DrainTrials, TrialSetBack, DeviceDisabled, Finished>;

}  // namespace attnsweep::scheduler
