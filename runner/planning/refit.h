#pragma once

#include <string>
#include <vector>

#include "configs/sweep.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Returns the sweep of last trainings, NAME-refit: of each configuration with a trial that a pattern names (as in
/// only_trials.h), one trial with the settings and seeds of its first repeat, trained on the training and the validation clips
/// together for the median of the best epochs of its done repeats that are not hidden; the test clips stay those of the first
/// repeat. Other configurations' trials that NAME-refit has in `store` on the same data come before them, so that none leaves
/// it; those asked for are last. Throws Error (exit_usage) for a pattern that names no trial, and for a configuration without a
/// done repeat or without validation; configs::Error.
configs::Sweep refit_of(const configs::Sweep& sweep, const store::Store& store,
                        const std::vector<std::string>& patterns);

}  // namespace attnsweep::runner
