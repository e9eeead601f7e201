#pragma once

#include <map>
#include <optional>
#include <string>

#include "scheduler/events.h"

namespace attnsweep::runner {

/// Compares what epochs take in this run with what was planned, so that the order of what waits follows what is measured.
/// On the loop's thread alone.
class MeasuredEpochs {
public:
    explicit MeasuredEpochs(double checkpoint_every_s) : checkpoint_every_s_(checkpoint_every_s) {}

    void plan(const std::string& configuration, double epoch_s) { seen_[configuration].planned_s = epoch_s; }

    /// An epoch has been measured: what the scheduler is to know, when it differs from what it knows by a tenth or more.
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
