#pragma once

#include <chrono>
#include <string>

#include "runner/protocol.h"

namespace attnsweep::runner {

/// A trial's events, as JSON lines, to its rank's pipe. Never waits for a slow reader while training: what does not fit
/// is held back in memory, and progress that would have to wait is dropped. One thread.
class EventWriter {
public:
    /// `descriptor` < 0: nothing is written, and nobody can be gone. The descriptor stays the caller's.
    explicit EventWriter(int descriptor) : descriptor_(descriptor) {}

    /// Progress is thinned to one line in half a second; the other kinds are all written.
    void write(const TrialEvent& event);

    /// True once nobody reads the pipe any more: seen by polling it, or by a write that failed.
    bool reader_gone();

    /// Waits up to `limit` for what was held back; false when some of it could not be written.
    bool flush(std::chrono::milliseconds limit);

private:
    void write_what_fits(std::chrono::milliseconds wait);

    int descriptor_;
    bool gone_ = false;
    std::string held_back_;
    std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace attnsweep::runner
