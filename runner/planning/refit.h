#pragma once

#include <string>
#include <vector>

#include "configs/sweep.h"
#include "store/store.h"

namespace attnsweep::runner {

/// Returns the sweep of last trainings, NAME-refit: of each configuration that a pattern names (as in only_trials.h), one trial
/// with the settings and seeds of its first repeat, trained on the training and the validation clips together for the median of
/// the best epochs of its done repeats; the test clips stay those of the first repeat. `store` has these repeats. Throws Error
/// (exit_usage) for a pattern that names no configuration, or one without a done repeat.
configs::Sweep refit_of(const configs::Sweep& sweep, const store::Store& store,
                        const std::vector<std::string>& patterns);

}  // namespace attnsweep::runner
