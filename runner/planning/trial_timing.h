#pragma once

#include <algorithm>

namespace attnsweep::runner {

// Times that a run and `plan` both assume.

/// From an order to a trial's first batch, until one has been measured: to start a process, load its libraries and its data.
inline constexpr double startup_s = 5;

/// From the end of the grace period to the end of a rank.
inline constexpr double after_grace_s = 5;

/// Returns the time from a trial's first batch to its next checkpoint: the interval, or the end of an epoch, when a drained
/// trial loses next to nothing.
inline double first_checkpoint_s(double checkpoint_every_s, double epoch_s)
{
    return std::min(checkpoint_every_s, epoch_s);
}

}  // namespace attnsweep::runner
