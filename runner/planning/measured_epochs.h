#pragma once

#include <map>
#include <optional>
#include <string>

#include "scheduler/events.h"

namespace attnsweep::runner {

/// Compares how long epochs take in this run with what was planned, so that waiting trials are ordered by what is measured.
/// Not thread-safe: used by the rank's loop alone.
class MeasuredEpochs {
public:
    explicit MeasuredEpochs(double checkpoint_every_s) : checkpoint_every_s_(checkpoint_every_s) {}

    /// Takes the planned duration of an epoch, before any is measured.
    void plan(const std::string& configuration, double epoch_s) { seen_[configuration].planned_s = epoch_s; }

    /// Takes a measured epoch. Returns what to tell the scheduler when the mean differs by a tenth or more from what it knows.
    std::optional<scheduler::ExpectationChanged> measured(const std::string& configuration, double epoch_s);

private:
    struct Seen {
        double planned_s = 0, total_s = 0, told_s = 0;
        int epochs = 0;
    };
    double checkpoint_every_s_;
    std::map<std::string, Seen> seen_;
};

}  // namespace attnsweep::runner
