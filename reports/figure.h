#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "reports/results.h"

namespace attnsweep::reports {

/// A panel of Figure 2: one configuration's repeats.
struct LearningCurves {
    std::string name;
    std::vector<std::vector<configs::EpochRecord>> repeats;  ///< at least one, by epoch
};

/// `names`: configurations or trial labels; empty: stft-r25 and cqt-r25 where they have epochs, else the first
/// configuration that has. Throws Error (unknown) for a name the sweep does not have.
std::vector<LearningCurves> learning_curves(const Store& store, const SweepResults& results,
                                            const std::vector<std::string>& names = {});

/// Figure 2: training and validation accuracy by epoch, a panel a configuration: the repeats thin, their mean thick as far
/// as every repeat reaches. Writes PATH.svg and PATH.png (gnuplot); returns the files. Throws Error: missing_program
/// naming the package, failed with gnuplot's own words.
std::vector<std::filesystem::path> draw_learning_curves(const std::vector<LearningCurves>& curves,
                                                        const std::filesystem::path& path_without_extension);

/// Test accuracy against attention ratio, a line an input (mean), repeats as points, the paper's values beside.
/// The same files and errors. Nothing is drawn, and nothing returned, when no trial is done.
std::vector<std::filesystem::path> draw_accuracy_by_ratio(const SweepResults& results,
                                                          const std::filesystem::path& path_without_extension);

}  // namespace attnsweep::reports
