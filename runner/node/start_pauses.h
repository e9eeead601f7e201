#pragma once

#include <optional>
#include <string_view>

namespace attnsweep::runner {

/// Says how long to wait before something that could not be started (a process, a thread) is tried again: pauses grow from half a
/// second to half a minute and add up to the patience.
class StartPauses {
public:
    /// Takes the patience of ATTNSWEEP_START_PATIENCE_S, else 120 s.
    StartPauses();
    explicit StartPauses(double patience_s) : left_s_(patience_s), patience_s_(patience_s) {}

    /// Returns the next pause in seconds, or nothing once the patience is exhausted.
    std::optional<double> next();
    double patience_s() const { return patience_s_; }

private:
    double next_s_ = 0.5;
    double left_s_, patience_s_;
};

/// Returns whether a program's words say that the system had no process, thread or memory for it.
bool tells_of_shortage(std::string_view words);

}  // namespace attnsweep::runner
