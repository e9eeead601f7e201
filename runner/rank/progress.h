#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "runner/duration_text.h"
#include "runner/protocol.h"
#include "runner/rank/sweep_state.h"

namespace attnsweep::runner {

/// Formats counts for people: "3 of 10 done, 2 running, 0 failed, about 4 min left".
std::string counts_text(const SweepCounts& counts);
/// Returns whether to redraw lines in place. `wish`: auto, live or plain; under a launcher auto means plain, since isatty is wrong
/// there.
bool draws_live(const std::string& wish, bool under_launcher);

/// Prints the progress of a running sweep for people. Plain: a line with the time per event. Live: a permanent line per ended
/// trial, and below them a line per running trial and one for the sweep, redrawn from the sweep's state. Ignores write errors,
/// such as a closed pipe. Used only on the loop's thread.
class Progress {
public:
    using Clock = std::chrono::steady_clock;

    Progress(bool live, std::FILE* out);
    ~Progress();  ///< clears the redrawn lines
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void say(const std::string& text);  ///< prints a permanent line
    void log(const std::string& text);  ///< only in plain output: what a redrawn line shows in live output
    /// Prints the lines for an event. `trial`: its state with the event applied.
    void event_reported(const SweepState::Trial& trial, const TrialEvent& event);

    /// Live: redraws the lines if something has changed, at most ten times a second. `elapsed_s`: since the run began.
    void redraw(const SweepState& state, double elapsed_s);
    bool needs_redraw(const SweepState& state) const { return live_ && (dirty_ || state.version() != drawn_version_); }
    void clear();  ///< live: clears the redrawn lines

private:
    bool live_;
    std::FILE* out_;
    int drawn_ = 0;  ///< redrawn lines on the screen
    bool dirty_ = false;
    std::uint64_t drawn_version_ = 0;
    Clock::time_point last_draw_{};
};

}  // namespace attnsweep::runner
