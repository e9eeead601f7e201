#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/analysis/axes.h"

namespace attnsweep::reports {

/// The most axes and pairs of axes that are drawn.
inline constexpr std::size_t most_axes = 12, most_pairs = 6;

/// Draws the effect of each axis, a panel each: the mean test accuracy over all done repeats with a value as a line, the
/// repeats as points (of very many some, evenly by rank), the mean validation accuracy dashed; on a logarithmic scale where
/// the values are spread so. Writes PATH.svg and PATH.png (gnuplot) and returns the files; draws and returns nothing if no
/// trial is done. Throws Error: missing_program (naming the package), failed (with gnuplot's message), unwritable.
std::vector<std::filesystem::path> draw_axis_effects(const SweepSummary& summary, const std::vector<Axis>& axes,
                                                     const DoneTrials& done,
                                                     const std::filesystem::path& path_without_extension);

/// Draws a heat map of the mean validation accuracy for each pair. Throws like draw_axis_effects().
std::vector<std::filesystem::path> draw_axis_pairs(const std::vector<Axis>& axes, const std::vector<AxisPair>& pairs,
                                                   const std::filesystem::path& path_without_extension);

/// Describes the effects as a text alternative: the mean test accuracy at each value of each axis.
std::string axes_in_words(const std::vector<Axis>& axes, const DoneTrials& done);

}  // namespace attnsweep::reports
