#pragma once

#include <filesystem>
#include <vector>

#include "reports/tables/cost_table.h"

namespace attnsweep::reports {

/// Draws accuracy against training time, peak memory and parameters, a point per configuration labelled with its ratio.
/// Writes PATH.svg and PATH.png (gnuplot) and returns the files; draws and returns nothing if no trial is done. Throws
/// Error: missing_program (naming the package), failed (with gnuplot's message), unwritable.
std::vector<std::filesystem::path> draw_cost(const std::vector<ConfigurationCost>& costs,
                                             const std::filesystem::path& path_without_extension);

}  // namespace attnsweep::reports
