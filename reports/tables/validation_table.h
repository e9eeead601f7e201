#pragma once

#include "reports/analysis/axes.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Builds the table to choose a configuration by: the values of the sweep's axes, validation loss and accuracy of the weights
/// reported, the test accuracy beside them; a row per configuration. For people its notes say which is best by validation, and
/// whether the test results would have chosen another. `width`: columns of a terminal, axes that do not fit are left out and
/// named in a note; 0: no limit.
Table validation_table(const SweepSummary& summary, const std::vector<Axis>& axes, bool for_people,
                       std::size_t width = 0);

/// The width of a report in a terminal.
inline constexpr std::size_t report_width = 115;

}  // namespace attnsweep::reports
