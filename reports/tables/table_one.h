#pragma once

#include <optional>

#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "reports/tables/table_format.h"

namespace attnsweep::reports {

/// Builds Table I, clips per class: train (validation included), test, total, and the paper's total if it names the
/// class. `split`: of the sweep's first done trial; without one only the totals are known, and a note says so.
Table table_one(const SweepSummary& results, const std::optional<store::SplitCounts>& split, Format format);

}  // namespace attnsweep::reports
