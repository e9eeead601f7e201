#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "configs/trial_result.h"
#include "runner/node/fence.h"
#include "runner/node/preflight.h"
#include "runner/protocol.h"
#include "scheduler/events.h"

// What ranks say to each other. A new message: its struct here, in the variant of its direction; its fields in messages.cpp;
// its handler (Worker, Coordinator or PeerMonitor). Forgetting one of the three, or one of its fields, does not compile.
namespace attnsweep::runner {

// ---- from rank 0 to a rank ----------------------------------------------------------------------------------------

/// Says how trials run in this sweep. The rank answers with RankHello or NodeError.
struct Setup {
    std::string device = "auto";
    int threads = 1;
    int slots = 0;  ///< of a node; 0: as many as it has
    int slots_per_device = 1;
    double grace_s = 60;                             ///< from asking a trial to end to killing it
    double hang_after_s = 0;                         ///< silence after which a trial hangs; 0: never
    std::string data;                                ///< the data set's folder
    std::vector<std::string> data_digests;           ///< of the spectrograms the sweep reads
    std::vector<std::string> precisions;             ///< that its trials train in
    std::int64_t trial_memory_bytes = 0;             ///< of the largest trial left, an estimate
    std::string store_folder, store_holder;          ///< as PreflightQuestion's
    std::int64_t kept_bytes = 0, running_bytes = 0;  ///< as PreflightQuestion's
    int replicas = 1;                                ///< as PreflightQuestion's
};

/// Orders the preflight checks of the rank's node, for all ranks of it that see the same GPUs. The rank answers with NodeInspected.
struct Inspect {};

/// Names the device that trials run on, and the rank's node, which may be a part of a host: ranks of one host that see different GPUs
/// are nodes of their own. The rank answers with NodeReady or NodeError.
struct UseDevice {
    std::string device;
    std::vector<Gpu> gpus;  ///< those of the node that trials can use
    std::string node;
    int part = 0, parts = 1;  ///< of the host
};

/// Starts an assignment: one order per trial, on these slots of the rank's node, which each trial uses together.
struct StartAttempt {
    int attempt = 1;
    std::vector<scheduler::Slot> slots;  ///< of the rank's own node, whose name does not travel
    std::vector<TrialOrder> orders;
};

/// Asks all running trials to leave a checkpoint and end.
struct Drain {};

/// Says that the attempt's result is in the store: its checkpoints may be removed.
struct Acknowledged {
    std::string trial;
    int attempt = 1;
};

/// Asks to wait for the process of an attempt started by a lost rank of the same node. The rank answers with AttemptExited.
struct WatchAttempt {
    std::string trial;
    int attempt = 1;
    std::string attempt_folder;
};

/// Orders the rank to exit with this code; the last message to it. `together`: every rank lives, so all can call MPI_Finalize.
struct Stop {
    int exit_code = 0;
    bool together = true;
};

using ToRank = std::variant<Setup, Inspect, UseDevice, StartAttempt, Drain, Acknowledged, WatchAttempt, Stop>;

// ---- from a rank to rank 0, the coordinator -----------------------------------------------------------------------

/// Answers Setup: the rank's host, its clock in seconds since the epoch, and the UUIDs of the GPUs it sees.
struct RankHello {
    std::string node;
    double clock_s = 0;
    std::vector<std::string> gpus;
};

/// Answers Inspect. `gpus`: those that trials can use.
struct NodeInspected {
    std::vector<Check> checks;
    std::vector<Gpu> gpus;
};

/// Answers UseDevice: the rank can start trials.
struct NodeReady {
    std::string node;
    int slots = 1;
    int devices = 1;           ///< slot s is place s / devices of device s % devices
    scheduler::Memory memory;  ///< free: of each device, and of the node
    std::string description;
    bool of_cores = false;                         ///< as scheduler::RankJoined's
    bool one_each = false;                         ///< as scheduler::RankJoined's
    std::vector<std::int64_t> bytes_of_devices{};  ///< as scheduler::RankJoined's
};

/// Returns on how many of the node's devices, or slots of its cores, one trial can be.
inline int most_devices_together(const NodeReady& ready)
{
    return ready.one_each ? 1 : ready.of_cores ? ready.slots : ready.devices;
}

/// Reports that something is wrong with the node, not with a trial: the sweep ends with this exit code.
struct NodeError {
    int exit_code = 1;
    std::string message;
};

/// Reports that an attempt's process runs.
struct AttemptStarted {
    std::string trial;
    int attempt = 1;
    std::string host, device, started_at;
};

/// Answers WatchAttempt: no process of the attempt runs any more.
struct AttemptExited {
    std::string trial;
    int attempt = 1;
};

/// Forwards an event that a trial wrote to its pipe.
struct TrialEventReported {
    TrialEvent event;
};

/// Reports that an attempt's process has ended well and its slot is free (scheduler::SlotReleased). AttemptEnded follows.
struct SlotReleased {
    std::string trial;
    int attempt = 1;
};

/// Reports how an attempt ended. `result`: the file that says how, unless drained; empty: it could not be written. `written`:
/// the contents of that file if the rank wrote it itself, so that it need not be read; else null.
struct AttemptEnded {
    std::string trial;
    int attempt = 1;
    scheduler::Ending ending = scheduler::Ending::done;
    configs::Failure failure;
    std::string result, log;
    std::shared_ptr<const configs::TrialResult> written = {};
};

/// Carries a line for a person to read.
struct Note {
    std::string text;
    std::string trial{};  ///< the id, if it is about a trial that runs or is about to
};

/// Reports that the rank got a signal that asks the sweep to end.
struct DrainRequested {
    std::string reason;
};

using ToCoordinator = std::variant<RankHello, NodeInspected, NodeReady, NodeError, AttemptStarted, AttemptExited,
                                   TrialEventReported, SlotReleased, AttemptEnded, Note, DrainRequested>;

// ---- between rank 0 and another, for the peer monitor -------------------------------------------------------------

/// Says who the sender is. From then on its heartbeats are listened for, and it listens for the receiver's.
struct PeerHello {
    std::string node;
    ProcessIdentity process;
};

/// Shows that the sender lives.
struct Heartbeat {};

/// Orders to kill a rank of the receiver's node that has not been heard within the heartbeat timeout.
struct EndRank {
    int rank = 0;
    ProcessIdentity process;
};

using BetweenRanks = std::variant<PeerHello, Heartbeat, EndRank>;

// -------------------------------------------------------------------------------------------------------------------

using RankMessage = std::variant<ToRank, ToCoordinator, BetweenRanks>;

/// Converts a message to JSON text. Bytes that are not UTF-8 (of file names, of logs) become U+FFFD.
std::string to_text(const RankMessage& message);

/// Reads what to_text() wrote. Throws Error with the beginning of the text if it is not a message of this build.
RankMessage message_from(const std::string& text);

}  // namespace attnsweep::runner
