#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/claims.h"
#include "reports/class_results.h"
#include "reports/clip_results.h"
#include "reports/cost_table.h"
#include "reports/results.h"
#include "reports/sweep_summary.h"
#include "reports/traces.h"

namespace attnsweep::reports {

/// A figure of the page: drawn, or a reason why not.
struct PageFigure {
    std::string name;         ///< of its files without extension, and its id
    std::string caption;      ///< below it
    std::string description;  ///< for who cannot see it: what it says, in words
    std::string svg;          ///< gnuplot's; empty: not drawn
};

/// All that a page shows, read from the store before.
struct PageContent {
    SweepResults results;
    SweepSummary summary;    ///< of the results
    std::string settings;    ///< the revision's resolved settings, JSON
    std::string sweep_file;  ///< its name, without its folder
    std::optional<SplitCounts> split;
    std::vector<std::string> classes;  ///< of the confusion matrices, in their order
    std::map<std::string, TrialTrace> traces;
    std::vector<RatioSeries> series;
    std::vector<Claim> claims;
    std::vector<ConfigurationConfusion> confusions;
    std::vector<ClassChange> changes;
    ClipResults clips;
    RecordingNames names;
    std::vector<ConfigurationCost> costs;
    std::optional<PageFigure> ratios, curves, change, cost;
    std::vector<std::string> files;     ///< beside the page
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// One HTML page that needs nothing else: styles and figures in it, no script, and a policy that would run none.
/// The same content gives the same bytes.
std::string render_page(const PageContent& content);

// Its parts, each with its heading.

/// All trials, and what each was made by.
std::string trials_section(const PageContent& content);
/// Versions, machines, settings, what failed and what is missing.
std::string making_section(const PageContent& content);
/// Confusion matrices, per-class numbers and changes, what was taken for what, single recordings, confidence.
std::string classes_sections(const PageContent& content);
/// Empty figures become `otherwise`.
std::string figure_html(const std::optional<PageFigure>& figure, const std::string& otherwise);
extern const char* const page_style;

/// Trials that a page lists, matrices that it shows; the files beside it and `query` have the others.
inline constexpr std::size_t page_trials = 2000, page_matrices = 30;

}  // namespace attnsweep::reports
