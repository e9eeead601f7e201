#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/results.h"
#include "reports/store.h"
#include "reports/tables.h"

namespace attnsweep::reports {

struct ReportOptions {
    std::string sweep;  ///< empty: the one recorded last
    Weights weights = Weights::last;
    std::vector<std::string> curves;  ///< configurations or trials of Figure 2; empty: as learning_curves chooses
};

/// Table II, then Table I, of a sweep that may be unfinished. The same store gives the same bytes.
std::string render_report(const Store& store, const ReportOptions& options, Format format);

struct WrittenReport {
    std::vector<std::filesystem::path> files;
    std::vector<std::string> warnings;  ///< what could not be drawn, and why
};

/// report.md, table1.md, table1.csv, table2.md, table2.csv, figure2.svg, .png, accuracy_by_ratio.svg, .png in `folder`
/// (made when missing). Without gnuplot the figures are left out and a warning says which package brings it.
WrittenReport write_report(const Store& store, const ReportOptions& options, const std::filesystem::path& folder);

}  // namespace attnsweep::reports
