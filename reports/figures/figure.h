#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configs/trial_result.h"
#include "reports/analysis/class_results.h"
#include "reports/analysis/done_trials.h"
#include "reports/analysis/ratio_series.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/figures/gnuplot.h"
#include "reports/tables/cost_table.h"

namespace attnsweep::reports {

/// A panel of Figure 2: one configuration's repeats.
struct LearningCurves {
    std::string name;
    std::vector<std::vector<configs::EpochRecord>> repeats;  ///< at least one, by epoch
};

/// `names`: configurations or trial labels; empty: stft-r25 and cqt-r25 where they have epochs, else the first
/// configuration that has. Throws Error (unknown) for a name the sweep does not have.
std::vector<LearningCurves> learning_curves(const store::Store& store, const SweepSummary& summary,
                                            const std::vector<std::string>& names = {});

/// Figure 2: training and validation accuracy by epoch, a panel a configuration: the repeats thin; their mean thick, and a band
/// from the lowest to the highest, as far as every repeat reaches. Writes PATH.svg and PATH.png (gnuplot); returns the files. Throws Error: missing_program
/// naming the package, failed with gnuplot's own words.
std::vector<std::filesystem::path> draw_learning_curves(const std::vector<LearningCurves>& curves,
                                                        const std::filesystem::path& path_without_extension);

/// Test accuracy against attention ratio, a line an input (mean), repeats as points, the paper's values beside.
/// The same files and errors. Nothing is drawn, and nothing returned, when no trial is done. Of very many repeats some are drawn,
/// evenly by rank from the least to the most accurate at each ratio.
std::vector<std::filesystem::path> draw_accuracy_by_ratio(const std::vector<RatioSeries>& series,
                                                          const DoneTrials& done,
                                                          const std::filesystem::path& path_without_extension);

bool thins_repeats(const DoneTrials& done);  ///< whether it leaves some out

/// Bars: each class's change of recall from 0 % to 25 % attention, a colour a series. The same files and errors.
std::vector<std::filesystem::path> draw_class_changes(const std::vector<ClassChange>& changes,
                                                      const std::vector<std::string>& classes,
                                                      const std::filesystem::path& path_without_extension);

/// Confusion matrices in shares of the true class, summed over the repeats, a title each: PATH-N.svg and .png, N the configuration's
/// place in the sweep from 1. The same errors; a matrix that gnuplot refuses is missing alone, unless all are.
Drawn draw_confusions(const std::vector<ConfigurationConfusion>& confusions, const std::vector<std::string>& titles,
                      const std::vector<std::string>& classes, const std::filesystem::path& path_without_number);

/// Accuracy against training time, peak memory and parameters, a point a configuration, its ratio beside.
/// The same files and errors; nothing where nothing is done.
std::vector<std::filesystem::path> draw_cost(const std::vector<ConfigurationCost>& costs,
                                             const std::filesystem::path& path_without_extension);

}  // namespace attnsweep::reports
