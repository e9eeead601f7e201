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

/// A table as it is written for each reader.
struct NamedTable {
    Table for_people, for_people_markdown, for_programs;
};

/// table1, table2, cost, mistakes-N, classes, recordings, confidence, change-N: by the names of their files.
std::vector<std::pair<std::string, NamedTable>> named_tables(const PageContent& content);

/// The report as Markdown; figures that were drawn stand in it by the names of their files.
std::string report_markdown(const PageContent& content);

/// A document that takes in the tables' .tex beside it; figures are .png, as LaTeX reads no SVG.
std::string report_latex(const PageContent& content, const std::vector<std::string>& tables);

/// What a figure shows, for who cannot see it.
std::string ratios_in_words(const std::vector<RatioSeries>& series, const DoneTrials& done);
std::string curves_in_words(const std::vector<LearningCurves>& curves);

}  // namespace attnsweep::reports
