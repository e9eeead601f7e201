#pragma once

#include <vector>

#include "scheduler/simulation.h"

namespace attnsweep::scheduler {

/// The statistic of its duration by which a trial of unknown duration is ordered.
enum class OrderBy { mean, quantile, longest };

/// Generates `count` trials of the paper's ten configurations, mixed: STFT and CQT at five ratios, with a median of
/// about an hour each. `known`: the scheduler knows each trial's duration beforehand; else only its distribution,
/// ordered by `order`.
std::vector<SimulatedTrial> paper_trials(int count, bool known, OrderBy order, unsigned seed);

}  // namespace attnsweep::scheduler
