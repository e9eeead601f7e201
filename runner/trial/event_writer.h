#pragma once

#include <chrono>
#include <string>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// Writes a trial's events as JSON lines to its rank's pipe. Never waits for a slow reader during training: what does not fit is
/// buffered, and progress events that would have to wait are dropped. Used by one thread.
class EventWriter {
public:
    /// `descriptor` < 0: nothing is written, and reader_gone() is always false. The caller keeps ownership of the descriptor.
    explicit EventWriter(int descriptor) : descriptor_(descriptor) {}

    /// Writes an event. Progress events are limited to one line per half second; the other kinds are all written.
    void write(const TrialEvent& event);

    /// Returns whether the pipe's reader is gone, by polling the pipe or by a failed write.
    bool reader_gone();

    /// Writes what is buffered, waiting up to `limit`. Returns false if some of it could not be written.
    bool flush(std::chrono::milliseconds limit);

private:
    void write_what_fits(std::chrono::milliseconds wait);

    int descriptor_;
    bool gone_ = false;
    std::string held_back_;
    std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace attnsweep::runner
