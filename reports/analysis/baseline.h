#pragma once

#include <optional>
#include <string>

#include "configs/metrics.h"
#include "store/reading/measurements.h"

namespace attnsweep::reports {

/// What a network without any idea of its input reaches: the results of always predicting the most frequent class.
struct Baseline {
    std::string class_name;
    configs::Metrics metrics;
};

/// Computes the baseline of a split's test clips; nothing if it has none.
std::optional<Baseline> baseline_of(const store::SplitCounts& split);

}  // namespace attnsweep::reports
