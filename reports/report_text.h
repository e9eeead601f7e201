#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/analysis/done_trials.h"
#include "reports/analysis/ratio_series.h"
#include "reports/figures/learning_curves.h"
#include "reports/page/page_content.h"
#include "reports/tables/table.h"

namespace attnsweep::reports {

/// A table in the variants for people and for programs.
struct NamedTable {
    Table for_people, for_people_markdown, for_programs;
};

/// Builds all tables of a report by file name: table1, table2, validation, cost, mistakes-N, classes, recordings, confidence,
/// change-N.
std::vector<std::pair<std::string, NamedTable>> named_tables(const PageContent& content);

/// Renders the report as Markdown; figures that were drawn are included by file name.
std::string report_markdown(const PageContent& content);

/// Renders a LaTeX document that inputs the tables' .tex files beside it; figures are .png, as LaTeX reads no SVG.
std::string report_latex(const PageContent& content, const std::vector<std::string>& tables);

/// Describes what a figure shows, as its text alternative.
std::string ratios_in_words(const std::vector<RatioSeries>& series, const DoneTrials& done);
std::string curves_in_words(const std::vector<LearningCurves>& curves);

}  // namespace attnsweep::reports
