#pragma once

#include <filesystem>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/ratio_series.h"

namespace attnsweep::reports {

/// Draws test accuracy against attention ratio: a line per input (the mean), repeats as points, with
/// `beside_paper` the paper's values. Of very many repeats only some are drawn, evenly by rank from the least to the most accurate at each
/// ratio. Writes PATH.svg and PATH.png (gnuplot) and returns the files; draws and returns nothing if no trial is done.
/// Throws Error: missing_program (naming the package), failed (with gnuplot's message), unwritable.
std::vector<std::filesystem::path> draw_accuracy_by_ratio(const std::vector<RatioSeries>& series,
                                                          const DoneTrials& done, bool beside_paper,
                                                          const std::filesystem::path& path_without_extension);

/// Tells whether draw_accuracy_by_ratio() leaves out some repeats.
bool thins_repeats(const DoneTrials& done);

}  // namespace attnsweep::reports
