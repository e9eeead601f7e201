#pragma once

#include <string>
#include <vector>

#include "reports/analysis/class_results.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Builds the table of the most frequent mistakes of a series: each pair's share of the true class's test clips, a
/// column per ratio. Numbers link to the configuration's trials.
Table mistakes_table(const SweepSummary& summary, const std::vector<std::string>& classes, const RatioSeries& series,
                     const std::vector<ConfigurationConfusion>& confusions);

/// Builds the table of every class under every configuration. For people: F1, with a column per configuration (the
/// first twelve); otherwise a row per configuration and class, with precision, recall and F1.
Table classes_table(const SweepSummary& summary, const std::vector<std::string>& classes,
                    const std::vector<ConfigurationConfusion>& confusions, bool for_people);

/// Builds the table of each class's recall, precision and F1 at 0 % and 25 % attention. For people in % and rounded,
/// otherwise in 0..1.
Table change_table(const std::vector<std::string>& classes, const ClassChange& change, bool for_people);

}  // namespace attnsweep::reports
