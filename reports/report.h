#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reports/analysis/clip_results.h"
#include "reports/tables/table_format.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

struct ReportOptions {
    std::string sweep;  ///< empty: the one recorded last
    store::Weights weights = store::Weights::last;
    std::vector<std::string> curves;  ///< configurations or trials of Figure 2; empty: as learning_curves chooses
    /// A sweep of more trials than the page can list shows the first that are not done and, of each configuration, the most and the
    /// least accurate alone, or where these are too many the most accurate; nobody reads more, and browsers take long over it.
    std::size_t most_listed = 2000;
    bool matrix_files = true;  ///< confusion-N.svg, .png: the page shows the matrices without them too
    /// Names of the recordings of a data set, which the store does not know; not given, or empty: they go by number.
    std::function<RecordingNames(const configs::DataSetDescription&)> recording_names = {};
    /// As a command that the page names has to say it behind --store, relative to where this one ran; empty: it need not.
    std::string store = {};
};

/// Table II, then Table I, of a sweep that may be unfinished. The same store gives the same bytes.
std::string render_report(const store::Store& store, const ReportOptions& options, Format format);

struct WrittenReport {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// Into `folder` (made when missing): index.html, a page that needs nothing else; report.md and report.tex; the tables table1,
/// table2, cost, mistakes-N, classes, recordings, confidence, change-N as .md, .tex, .csv and .json; the figures figure2, accuracy_by_ratio, class_change, cost and
/// confusion-N as .svg and .png. Without gnuplot the figures are left out and a warning says which package brings it.
/// The same store gives the same bytes, whatever the locale.
WrittenReport write_report(const store::Store& store, const ReportOptions& options,
                           const std::filesystem::path& folder);

}  // namespace attnsweep::reports
