#pragma once

#include <string>

#include "reports/analysis/comparison.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Returns the verdict on one metric in two or three words: "different", "not separable", "the same trials".
std::string verdict_in_short(const ConfigurationComparison& one, const MetricComparison& metric);

/// Builds the table of verdicts, a line for each configuration and metric asked for: the difference, the interval that the
/// number of comparisons leaves of it, which rule stopped it from being called different, and how many repeats would show
/// the difference seen and the one asked for (Comparison::effect).
Table verdict_table(const Comparison& comparison);

}  // namespace attnsweep::reports
