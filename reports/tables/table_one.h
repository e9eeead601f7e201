#pragma once

#include <optional>

#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "reports/tables/table_format.h"
#include "store/reading/results.h"

namespace attnsweep::reports {

/// Builds Table I, clips per class: train (validation included), test, total, and the paper's total if it names the
/// class. `split`: of the sweep's first done trial; without one only the totals are known, and a note says so.
Table table_one(const SweepSummary& results, const std::optional<store::SplitCounts>& split, Format format);
inline Table table_one(const store::SweepResults& results, const std::optional<store::SplitCounts>& split,
                       Format format)
{
    return table_one(summary_of(results), split, format);
}

}  // namespace attnsweep::reports
