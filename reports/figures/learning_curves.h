#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "reports/analysis/sweep_summary.h"
#include "store/store.h"

namespace attnsweep::reports {

/// A panel of Figure 2: one configuration's repeats.
struct LearningCurves {
    std::string name;
    std::vector<std::vector<configs::EpochRecord>> repeats;  ///< at least one, by epoch
};

/// The number of configurations that are chosen by validation.
inline constexpr std::size_t most_curves = 6;

/// Reads the curves of configurations or trial labels. `names` empty: stft-r25 and cqt-r25 as in the paper or, of
/// data of one's own, the most_curves best by validation loss; else the first configuration that has epochs. Throws Error (unknown) for a name that the sweep does not have.
std::vector<LearningCurves> learning_curves(const store::Store& store, const SweepSummary& summary,
                                            const std::vector<std::string>& names = {});

/// Draws Figure 2: training and validation accuracy by epoch, a panel per configuration: the repeats as thin lines; up
/// to the last epoch that every repeat has, their mean as a thick line and a band from the lowest to the highest.
/// Writes PATH.svg and PATH.png (gnuplot) and returns the files; draws and returns nothing without curves. Throws
/// Error: missing_program (naming the package), failed (with gnuplot's message), unwritable.
std::vector<std::filesystem::path> draw_learning_curves(const std::vector<LearningCurves>& curves,
                                                        const std::filesystem::path& path_without_extension);

}  // namespace attnsweep::reports
