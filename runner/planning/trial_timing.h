#pragma once

#include <algorithm>

namespace attnsweep::runner {

// What a run and `plan` both take for granted of time.

/// From an order to a trial's first batch, until one has been measured: a process, its libraries, its data.
inline constexpr double startup_s = 5;

/// What a rank needs between the end of the grace and its own end.
inline constexpr double after_grace_s = 5;

/// From a trial's first batch to its next checkpoint: the interval, or the end of an epoch, when a drained one has as good as
/// nothing to lose.
inline double first_checkpoint_s(double checkpoint_every_s, double epoch_s)
{
    return std::min(checkpoint_every_s, epoch_s);
}

}  // namespace attnsweep::runner
