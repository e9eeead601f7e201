#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

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

/// A trial in the page's list.
struct ListedTrial {
    store::TrialEntry entry;
    std::optional<store::TrialTrace> trace;  ///< none before a first attempt
    std::string why;                         ///< it is one of few that are listed: "most accurate"; else empty
};

/// A trial that is not done, among those that the page names.
struct UnfinishedTrial {
    std::string id, label, words;
};

/// Of a sweep that is too large to list whole, what of the trials done is listed.
struct Extremes {
    std::size_t done = 0;    ///< configurations with a trial done
    std::size_t listed = 0;  ///< the first so many of these have their most accurate listed
    bool least_too = false;  ///< and their least accurate
};

/// Which versions, machines and settings made the trials, and how many each: "0.1.0" made 30.
struct Making {
    std::map<std::string, int> attnsweep, libtorch, compilers, machines, devices, threads;

    void add(const configs::ExecutionRecord& run);
};

/// All that a page shows, read from the store before. Its size goes with the number of configurations, not with that of trials.
struct PageContent {
    SweepSummary summary;
    DoneTrials done;
    std::string store;       ///< as commands name it; empty: they need not
    std::string settings;    ///< the revision's resolved settings, JSON
    std::string sweep_file;  ///< its name, without its folder
    std::optional<store::SplitCounts> split;
    std::vector<std::string> classes;  ///< of the confusion matrices, in their order
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
    Extremes extremes;  ///< where it does not
    std::vector<UnfinishedTrial> failed, missing;
    std::size_t unfinished_left_out = 0;
    std::optional<PageFigure> ratios, curves, change, cost;
    std::vector<std::string> files;     ///< beside the page
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// Figures, files and warnings are left blank. Throws Error.
PageContent read_page_content(const store::Store& store, const ReportOptions& options);

/// Matrices that it shows; the store has the others.
inline constexpr std::size_t page_matrices = 30;
/// Trials that are not done, of each kind, that it names.
inline constexpr std::size_t page_unfinished = 200;

}  // namespace attnsweep::reports
