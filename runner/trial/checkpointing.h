#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "runner/trial/checkpoint_writer.h"
#include "runner/trial/steady_clock.h"

namespace attnsweep::runner {

/// Says how far a trial has come: epoch, batches done of it, whether training has ended.
struct Position {
    int epoch = 1;
    std::int64_t batch = 0;
    bool trained = false;
    bool operator==(const Position&) const = default;
};

/// Saves a trial's state: at intervals during training, and at once before the process may end, unless that position is already
/// saved. A checkpoint that cannot be written is logged and costs time on a resume, not the trial: the one before it is kept. Used
/// by one thread; the folders must outlive it.
class Checkpointing {
public:
    struct Callbacks {
        std::function<std::string()> state;  ///< returns encode_checkpoint() of the present state
        std::function<void(const CheckpointWriter::Written&)> saved;  ///< called once it is durable
        std::function<void(const std::string&)> log;
    };
    Checkpointing(CheckpointFolders& folders, double every_s, Callbacks callbacks);

    /// Notes that the trial has resumed from this checkpoint. There, as at the very beginning, there is nothing to save.
    void went_on_from(const std::filesystem::path& checkpoint, const Position& position);
    /// Makes the next checkpoint due `every_s` from now.
    void training_begins() { last_ = Clock::now(); }

    /// Begins a checkpoint if one is due. Does not wait for it to be written.
    void save_when_due(const Position& here);
    /// Writes a checkpoint and waits for it: the newest state is on disk on return, unless that fails.
    void save_now(const Position& here);

    /// Returns the newest checkpoint that is completely written; empty: none yet.
    const std::string& newest() const { return newest_; }

private:
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
