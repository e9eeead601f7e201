#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>

#include "runner/trial/checkpoint.h"

namespace attnsweep::runner {

/// Writes checkpoints in the background, one at a time: training stops only while its state is copied. Used by one thread; the
/// folders must outlive it.
class CheckpointWriter {
public:
    explicit CheckpointWriter(CheckpointFolders& folders) : folders_(folders) {}

    struct Written {
        int epoch = 0;
        std::int64_t batch = 0;
        std::filesystem::path path;  ///< empty: it could not be written, the one before it is kept
        std::string problem;
    };

    /// Begins to write a checkpoint. `bytes`: from encode_checkpoint(). Must not be called while one is under way.
    void begin(int epoch, std::int64_t batch, std::string bytes);
    bool under_way() const { return writing_.valid(); }

    /// Returns the outcome of the write, once. Returns nothing while it is under way, and if there is none.
    std::optional<Written> ended();
    /// Waits for the write and returns its outcome. Returns nothing if none is under way.
    std::optional<Written> wait();

private:
    CheckpointFolders& folders_;
    std::future<Written> writing_;
};

}  // namespace attnsweep::runner
