#pragma once

#include "reports/analysis/comparison.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Builds a comparison's table for programs: a row per configuration and metric, a column per number.
Table comparison_rows(const Comparison& comparison);

}  // namespace attnsweep::reports
