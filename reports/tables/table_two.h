#pragma once

#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"
#include "reports/tables/table_format.h"

namespace attnsweep::reports {

/// Builds Table II, one row per configuration: accuracy and the macro columns, mean and standard deviation over
/// repeats, the paper's value and the difference. Its notes say what is needed to read it.
Table table_two(const SweepSummary& results, Format format);

/// Builds Table II for the page: as for a terminal, but without the limit on the width; three notes are always visible
/// (how complete it is, how to read the second lines, how the clips were split).
Table table_two_for_page(const SweepSummary& results);

}  // namespace attnsweep::reports
