#pragma once

#include <functional>

namespace attnsweep::runner {

/// Finds out whether one trial still makes progress. It hangs if it has neither sent an event nor used its processor for the
/// limit: the setting, or 20 times its longest silence so far, whichever is longer. A trial that computes but sends nothing (spins
/// waiting for a device, an endless loop) has six times the limit.
///
/// Time counts only while the rank runs, not while it is stopped or the machine sleeps.
class HangWatch {
public:
    /// `hang_after_s` 0: never.
    explicit HangWatch(double hang_after_s) : least_s_(hang_after_s) {}

    void heard();  ///< an event came

    /// Returns whether the trial hangs. `passed_s`: since the last call. `cpu_s`: returns the processor time used so far (negative:
    /// unknown); called now and then while the trial is silent.
    bool hangs(double passed_s, const std::function<double()>& cpu_s);

    double limit_s() const;
    double silent_s() const { return silent_s_; }
    bool idle() const { return idle_s_ >= limit_s(); }  ///< if it hangs: it did not compute either

private:
    double least_s_;
    double longest_silence_s_ = 0;
    double silent_s_ = 0, idle_s_ = 0;
    double unsampled_s_ = 0, cpu_s_ = 0;  ///< since, and at, the last sample
    int samples_ = 0;                     ///< in this silence
};

}  // namespace attnsweep::runner
