#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/analysis/class_results.h"
#include "reports/figures/gnuplot.h"

namespace attnsweep::reports {

/// Draws bars of each class's change of recall from 0 % to 25 % attention, a colour per series. Writes PATH.svg and
/// PATH.png (gnuplot) and returns the files. Throws Error: missing_program (naming the package), failed (with gnuplot's
/// message), unwritable.
std::vector<std::filesystem::path> draw_class_changes(const std::vector<ClassChange>& changes,
                                                      const std::vector<std::string>& classes,
                                                      const std::filesystem::path& path_without_extension);

/// Draws confusion matrices as shares of the true class, summed over the repeats, one title each: PATH-N.svg and .png,
/// N being the configuration's place in the sweep, from 1. If gnuplot refuses a matrix, only that one is missing.
/// Throws Error: missing_program (naming the package), failed (gnuplot refuses all), unwritable.
Drawn draw_confusions(const std::vector<ConfigurationConfusion>& confusions, const std::vector<std::string>& titles,
                      const std::vector<std::string>& classes, const std::filesystem::path& path_without_number);

}  // namespace attnsweep::reports
