#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "runner/duration_text.h"
#include "runner/protocol.h"

namespace attnsweep::runner {

/// Where a sweep stands, in numbers.
struct SweepCounts {
    int done = 0, total = 0, running = 0, failed = 0;
    double left_s = -1;  ///< estimated; negative: not known yet
};

/// "3 of 10 done, 2 running, 0 failed, about 4 min left"
std::string counts_text(const SweepCounts& counts);
/// Whether lines can be redrawn: `wish` is auto, live or plain; under a launcher isatty lies, so auto is plain there.
bool draws_live(const std::string& wish, bool under_launcher);

/// What a person sees of a running sweep on standard output. Plain: a line with the time for each thing that happens. Live:
/// what ends is a line that stays; below stand one line a running trial and one for the sweep, redrawn.
class Progress {
public:
    using Clock = std::chrono::steady_clock;

    Progress(bool live, std::FILE* out);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void say(const std::string& text);  ///< a line that stays
    void log(const std::string& text);  ///< plain alone: what a moving line shows otherwise
    void trial_began(const std::string& label);
    void trial_says(const std::string& label, const TrialEvent& event);
    void trial_ended(const std::string& label);
    void sweep_is_at(const SweepCounts& counts);
    /// The share of its epochs a running trial has behind it, and had when it began here; 0 when nothing is known.
    double share_done(const std::string& label) const;
    double share_at_begin(const std::string& label) const;

    void redraw();  ///< live: when something has changed, at most ten times a second
    bool needs_redraw() const { return live_ && dirty_; }
    void clear();  ///< live: takes the moving lines away

private:
    struct Line {
        int epoch = 0, max_epochs = 0, first_epoch = -1;
        std::int64_t batch = 0, batches = 0;
        double loss = -1, validation_accuracy = -1;
        double epochs_s = 0;
        int epochs_here = 0;
        double left_s() const;
    };
    std::string live_text(const std::string& label, const Line& line) const;

    bool live_;
    std::FILE* out_;
    std::map<std::string, Line> lines_;
    SweepCounts counts_;
    int drawn_ = 0;  ///< moving lines on the screen
    bool dirty_ = false;
    Clock::time_point last_draw_{};
};

}  // namespace attnsweep::runner
