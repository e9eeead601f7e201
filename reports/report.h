#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reports/analysis/clip_results.h"
#include "reports/analysis/sweep_summary.h"
#include "reports/tables/table_format.h"
#include "store/reading/results.h"
#include "store/store.h"

namespace attnsweep::reports {

struct ReportOptions {
    std::string sweep;  ///< empty: the one recorded last
    store::Weights weights = store::Weights::last;
    std::vector<std::string> curves;  ///< configurations or trials of Figure 2; empty: learning_curves() chooses
    /// The most trials the page lists. Of a larger sweep it lists the first unfinished trials and only the most and
    /// least accurate trial of each configuration, or only the most accurate if there are too many configurations:
    /// browsers are slow with longer lists.
    std::size_t most_listed = 2000;
    bool matrix_files = true;  ///< write confusion-N.svg and .png; the page shows the matrices without them too
    /// Returns the names of a data set's recordings, which the store does not have; if not set, or if the result is
    /// empty, recordings are shown by number.
    std::function<RecordingNames(const configs::DataSetDescription&)> recording_names = {};
    /// The argument of --store in the commands that the page shows, relative to the working directory; empty: no
    /// --store is needed.
    std::string store = {};
    PaperBeside paper = PaperBeside::automatic;
};

/// Renders Table II, then Table I; the sweep may be unfinished. The same store gives the same bytes.
std::string render_report(const store::Store& store, const ReportOptions& options, Format format);

struct WrittenReport {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// Writes the report into `folder`, which is created if missing: index.html, a self-contained page; report.md and
/// report.tex; the tables table1, table2, validation, cost, mistakes-N, classes, recordings, confidence, change-N as .md, .tex,
/// .csv and .json; the figures accuracy_by_ratio, axes, axis_pairs, figure2 (learning_curves where the data is not the paper's),
/// class_change, cost and confusion-N as .svg and .png. Without
/// gnuplot the figures are left out, and a warning names the package to install. The same store gives the same bytes,
/// whatever the locale.
WrittenReport write_report(const store::Store& store, const ReportOptions& options,
                           const std::filesystem::path& folder);

}  // namespace attnsweep::reports
