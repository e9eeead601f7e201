#pragma once

#include <string>
#include <vector>

#include "reports/analysis/class_results.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// What was taken for what most along a series: each pair's share of the true class's test clips, a column a ratio. Numbers lead
/// to the configuration's trials.
Table mistakes_table(const SweepSummary& summary, const std::vector<std::string>& classes, const RatioSeries& series,
                     const std::vector<ConfigurationConfusion>& confusions);

/// Every class under every configuration. For people F1, a column a configuration (the first twelve); else a row a configuration
/// and class, with precision, recall and F1.
Table classes_table(const SweepSummary& summary, const std::vector<std::string>& classes,
                    const std::vector<ConfigurationConfusion>& confusions, bool for_people);

/// Each class's recall, precision and F1 at 0 % and 25 % attention. For people in % and rounded, else in 0..1.
Table change_table(const std::vector<std::string>& classes, const ClassChange& change, bool for_people);

}  // namespace attnsweep::reports
