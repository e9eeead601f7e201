#pragma once

#include <string>
#include <vector>

#include "reports/analysis/sweep_summary.h"

namespace attnsweep::reports {

/// What one must know to read a table of these results, one sentence or two a line.
std::string completeness_note(const SweepSummary& results);          ///< counts, and which failed or are missing
std::vector<std::string> data_notes(const SweepSummary& results);    ///< classes, geometry, scale, kind of split
std::vector<std::string> metric_notes(const SweepSummary& results);  ///< weights, what each column means, the remark
/// Names the settings that differ from the defaults (the paper's); empty if none does.
std::string settings_note(const SweepSummary& results);

/// Returns a number in superscript digits: "¹", "²", ... "¹²".
std::string superscript(std::size_t number);

}  // namespace attnsweep::reports
