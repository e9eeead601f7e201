#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "runner/trial/checkpoint_writer.h"

namespace attnsweep::runner {

/// How far a trial is: epoch, batches done of it, training ended.
struct Position {
    int epoch = 1;
    std::int64_t batch = 0;
    bool trained = false;
    bool operator==(const Position&) const = default;
};

/// When a trial's state is saved: by time while training goes on, and at once before what may be the end; where a checkpoint
/// stands already, no second one is made. One that cannot be written is told in the log and costs time later, not the trial:
/// the one before it stands. One thread uses it; the folders must outlive it.
class Checkpointing {
public:
    struct Callbacks {
        std::function<std::string()> state;                           ///< encode_checkpoint's bytes, of now
        std::function<void(const CheckpointWriter::Written&)> saved;  ///< durable from now on
        std::function<void(const std::string&)> log;
    };
    Checkpointing(CheckpointFolders& folders, double every_s, Callbacks callbacks);

    /// The trial went on from this checkpoint: at the very beginning, and there, is nothing to save.
    void went_on_from(const std::filesystem::path& checkpoint, const Position& position);
    /// The next one is due `every_s` from now.
    void training_begins() { last_ = Clock::now(); }

    /// While training goes on: what is written meanwhile is waited for by nobody.
    void save_when_due(const Position& here);
    /// Before what may be the end: the newest state is on disk on return, if it can be.
    void save_now(const Position& here);

    /// That is whole; empty: none yet.
    const std::string& newest() const { return newest_; }

private:
    using Clock = std::chrono::steady_clock;

    void begin(const Position& here);
    void ended(const CheckpointWriter::Written& written);

    CheckpointWriter writer_;
    double every_s_;
    Callbacks callbacks_;
    Clock::time_point last_ = Clock::now();
    std::string newest_;
    Position saved_, saved_before_;  ///< the newest begun, and the one before it
};

}  // namespace attnsweep::runner
