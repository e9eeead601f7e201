#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/analysis/axes.h"
#include "reports/analysis/claims.h"
#include "reports/analysis/class_results.h"
#include "reports/analysis/clip_results.h"
#include "reports/analysis/done_trials.h"
#include "reports/analysis/ratio_series.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/page/page_figure.h"
#include "reports/report.h"
#include "reports/tables/cost_table.h"
#include "store/reading/traces.h"

namespace attnsweep::reports {

/// A trial in the page's list of trials.
struct ListedTrial {
    store::TrialEntry entry;
    std::optional<store::TrialTrace> trace;  ///< none before the first attempt
    std::string why;                         ///< why it is listed where only a few are: "most accurate"; else empty
};

/// An unfinished trial that the page names.
struct UnfinishedTrial {
    std::string id, label, words;
};

/// Which done trials the page lists of a sweep that is too large to list completely.
struct Extremes {
    std::size_t done = 0;    ///< configurations with a done trial
    std::size_t listed = 0;  ///< the most accurate trial is listed for the first this many of them
    bool least_too = false;  ///< and so is their least accurate trial
};

/// The versions, machines and settings that produced the trials, each with its number of trials.
struct Making {
    std::map<std::string, int> attnsweep, libtorch, compilers, machines, devices, drivers, threads;

    void add(const configs::ExecutionRecord& run);
};

/// Returns the versions of the driver and the libraries of a trial on a GPU ("driver 580.65.06, cuDNN 9.19.0"), as far as known.
std::string gpu_software(const configs::ExecutionRecord& run);

/// Everything a page shows, read from the store beforehand. Its size grows with the number of configurations, not with
/// the number of trials.
struct PageContent {
    SweepSummary summary;
    bool is_newest = true;  ///< the sweep's revision; else its trials are found by SWEEP@N
    DoneTrials done;
    std::string store;       ///< for --store in the page's commands; empty: not needed
    std::string settings;    ///< the revision's resolved settings, JSON
    std::string sweep_file;  ///< file name without its folder
    std::optional<store::SplitCounts> split;
    std::vector<std::string> classes;  ///< of the confusion matrices, in order
    std::vector<RatioSeries> series;
    std::vector<Claim> claims;
    std::vector<ConfigurationConfusion> confusions;
    std::vector<ClassChange> changes;
    ClipResults clips;
    RecordingNames names;
    std::vector<ConfigurationCost> costs;
    Making making;
    std::vector<std::vector<ListedTrial>> listed;  ///< by configuration
    bool lists_all = true;
    Extremes extremes;  ///< if not lists_all
    std::vector<UnfinishedTrial> failed, missing;
    std::size_t unfinished_left_out = 0;
    std::vector<Axis> axes;
    std::vector<AxisPair> pairs;
    std::optional<PageFigure> ratios, curves, change, cost, effects, heat_maps;
    std::vector<std::string> files;     ///< files beside the page
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// Reads the content of a page; figures, files and warnings are left empty. Throws Error.
PageContent read_page_content(const store::Store& store, const ReportOptions& options);

/// The number of confusion matrices that the page shows at most.
inline constexpr std::size_t page_matrices = 30;
/// The number of failed and of missing trials that the page names at most.
inline constexpr std::size_t page_unfinished = 200;

}  // namespace attnsweep::reports
