#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "runner/protocol.h"
#include "runner/trial/steady_clock.h"
#include "runner/trial/training.h"

namespace attnsweep::runner {

/// Prints a trial's events for a person (`attnsweep trial`): on a terminal one line redrawn during an epoch, then a permanent line
/// per epoch; else a plain line every few seconds. Writes to standard output.
class ForegroundPrinter {
public:
    explicit ForegroundPrinter(const TrialOrder& order);

    void print(const TrialEvent& event);
    /// Prints a line below what is there.
    void log(const std::string& line);
    /// Prints how the trial ended: speed and loss of what was trained.
    void print_ending(const TrialEnding& ending);

private:
    double clips_per_s() const;
    void end_line();

    const TrialOrder& order_;
    bool terminal_;
    bool line_open_ = false;
    std::int64_t batches_ = 0;              // trained here
    std::pair<int, std::int64_t> trained_;  ///< epoch and batches done of it, as last reported
    double last_loss_ = 0;                  // running, of the epoch
    Clock::time_point first_batch_{}, last_batch_{}, last_print_{};
};

}  // namespace attnsweep::runner
