#pragma once

#include <vector>

#include "scheduler/simulation.h"

namespace attnsweep::scheduler {

/// By what a trial whose duration nobody knows is put in order.
enum class OrderBy { mean, quantile, longest };

/// Makes up `count` trials of the paper's ten configurations, mixed: STFT and CQT at five ratios, about an hour each on the
/// median. `known`: the scheduler knows each trial's duration beforehand; else only its distribution, ordered by `order`.
std::vector<SimulatedTrial> paper_trials(int count, bool known, OrderBy order, unsigned seed);

}  // namespace attnsweep::scheduler
