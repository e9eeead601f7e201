#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "runner/duration_text.h"
#include "runner/protocol.h"
#include "runner/rank/sweep_state.h"

namespace attnsweep::runner {

/// "3 of 10 done, 2 running, 0 failed, about 4 min left"
std::string counts_text(const SweepCounts& counts);
/// Whether lines can be redrawn: `wish` is auto, live or plain; under a launcher isatty lies, so auto is plain there.
bool draws_live(const std::string& wish, bool under_launcher);

/// Writes what a person sees of a running sweep on standard output. Plain: a line with the time for each thing that happens.
/// Live: what ends is a line that stays; below it stand one line per running trial and one for the sweep, redrawn from the
/// sweep's state. Output that nobody reads any more is no error. On the loop's thread alone.
class Progress {
public:
    using Clock = std::chrono::steady_clock;

    Progress(bool live, std::FILE* out);
    ~Progress();  ///< takes the moving lines away
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void say(const std::string& text);  ///< a line that stays
    void log(const std::string& text);  ///< in plain output alone: what a moving line shows otherwise
    /// The lines that an event is worth. `trial`: its state with the event applied.
    void event_reported(const SweepState::Trial& trial, const TrialEvent& event);

    /// Live: draws the moving lines when something has changed, at most ten times a second. `elapsed_s`: since the run began.
    void redraw(const SweepState& state, double elapsed_s);
    bool needs_redraw(const SweepState& state) const { return live_ && (dirty_ || state.version() != drawn_version_); }
    void clear();  ///< live: takes the moving lines away

private:
    bool live_;
    std::FILE* out_;
    int drawn_ = 0;  ///< moving lines on the screen
    bool dirty_ = false;
    std::uint64_t drawn_version_ = 0;
    Clock::time_point last_draw_{};
};

}  // namespace attnsweep::runner
