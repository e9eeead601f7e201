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

namespace attnsweep::runner {

// ---- rank 0 to a rank

/// How trials run in this sweep; the rank answers with Hello or Trouble.
struct Setup {
    std::string device = "auto";
    int threads = 1;
    int slots = 0;  ///< of a node; 0: as many as it has
    int slots_per_device = 1;
    double grace_s = 60;                             ///< for a trial asked to end
    double hang_after_s = 0;                         ///< a trial silent for so long hangs; 0: none does
    std::string data;                                ///< the data set's folder
    std::vector<std::string> data_digests;           ///< of the spectrograms the sweep reads
    std::int64_t trial_memory_bytes = 0;             ///< of the largest trial left, an estimate
    std::string store_folder, store_holder;          ///< preflight.h
    std::int64_t kept_bytes = 0, running_bytes = 0;  ///< preflight.h
};

/// Look at your node, for all of its ranks (preflight.h); the rank answers with Inspected.
struct Inspect {};

/// Trials run on this device; the rank answers with Joined or Trouble.
struct Use {
    std::string device;
};

/// An assignment: one order a trial, on these slots of the rank's node.
struct StartAttempt {
    int attempt = 1;
    std::vector<scheduler::Slot> slots;  ///< of the rank's own node, whose name does not travel
    std::vector<TrialOrder> orders;
};

/// Let what runs leave a checkpoint and end.
struct Drain {};

/// The attempt's result is in the store.
struct Acknowledged {
    std::string trial;
    int attempt = 1;
};

/// Of an attempt that a lost rank of your node ran: answer with Gone when its process has ended.
struct Watch {
    std::string trial;
    int attempt = 1;
    std::string attempt_folder;
};

/// The last message: end with this code. `together`: every rank lives, so they may all meet in MPI_Finalize.
struct Stop {
    int exit_code = 0;
    bool together = true;
};

/// A rank of your node that nobody hears any more: kill it.
struct EndRank {
    int rank = 0;
    ProcessIdentity process;
};

// ---- between rank 0 and another, both ways

/// Who the sender is; from now on it is heard from, and notices when it does not hear the other.
struct Introduction {
    std::string node;
    ProcessIdentity process;
};

/// A sign of life.
struct Alive {};

// ---- a rank to rank 0

/// `clock_s`: seconds since the epoch.
struct Hello {
    std::string node;
    double clock_s = 0;
};

struct Inspected {
    std::vector<Check> checks;
};

struct Joined {
    std::string node;
    int slots = 1;
    int devices = 1;           ///< slot s is place s / devices of device s % devices
    scheduler::Memory memory;  ///< free: of each device, and of the node
    std::string description;
};

/// Something is wrong with the node, not with a trial: the sweep ends with this code.
struct Trouble {
    int exit_code = 1;
    std::string message;
};

/// An attempt's process has begun.
struct Began {
    std::string trial;
    int attempt = 1;
    std::string host, device, started_at;
};

/// The answer to Watch: nothing of the attempt runs any more.
struct Gone {
    std::string trial;
    int attempt = 1;
};

/// What a trial said on its pipe.
struct Happened {
    TrialEvent event;
};

/// An attempt's process has ended well and its place is free; Ended follows (scheduler::SlotReleased).
struct Freed {
    std::string trial;
    int attempt = 1;
};

/// An attempt's process has ended. `result`: the file that says how, when not drained; empty: it could not be written. `written`:
/// what that file says, where the rank wrote it itself and nobody needs to read it.
struct Ended {
    std::string trial;
    int attempt = 1;
    scheduler::Ending ending = scheduler::Ending::done;
    configs::Failure failure;
    std::string result, log;
    std::shared_ptr<const configs::TrialResult> written = {};
};

/// For a person to read.
struct Note {
    std::string text;
    std::string trial{};  ///< the id, when it is about one that runs or is to
};

/// The rank got a signal that asks for an end.
struct DrainAsked {
    std::string reason;
};

using RankMessage =
    std::variant<Setup, Inspect, Use, Hello, Inspected, StartAttempt, Drain, Acknowledged, Watch, Stop, EndRank,
                 Introduction, Alive, Joined, Trouble, Began, Gone, Happened, Freed, Ended, Note, DrainAsked>;

/// JSON text, and back; message_from throws Error.
std::string to_text(const RankMessage& message);
RankMessage message_from(const std::string& text);

}  // namespace attnsweep::runner
