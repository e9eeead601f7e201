#pragma once

#include <functional>

namespace attnsweep::runner {

/// Whether one trial still makes progress. It hangs when it has neither said anything nor used its processor for the limit: the
/// setting, or 20 times the longest silence it has shown, whichever is longer. One that computes and says nothing (a device
/// that spins for an answer, an endless loop) has six times as long.
///
/// Time is what the rank has seen pass: while the rank itself is stopped, or the machine sleeps, nothing counts.
class HangWatch {
public:
    /// `hang_after_s` 0: never.
    explicit HangWatch(double hang_after_s) : least_s_(hang_after_s) {}

    void heard();  ///< an event came

    /// `passed_s` since the last call. `cpu_s` (processor time used so far, negative: cannot be told) is asked for now and
    /// then, while the trial is silent.
    bool hangs(double passed_s, const std::function<double()>& cpu_s);

    double limit_s() const;
    double silent_s() const { return silent_s_; }
    bool idle() const { return idle_s_ >= limit_s(); }  ///< when it hangs: it did not compute either

private:
    double least_s_;
    double longest_silence_s_ = 0;
    double silent_s_ = 0, idle_s_ = 0;
    double unsampled_s_ = 0, cpu_s_ = 0;  ///< since, and at, the last sample
    int samples_ = 0;                     ///< in this silence
};

}  // namespace attnsweep::runner
