#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/analysis/comparison.h"
#include "reports/tables/table_format.h"

namespace attnsweep::reports {

/// Renders a comparison as text, markdown, csv (a row per configuration and metric) or json. `explain`: text and Markdown
/// say each verdict in words, too. Throws Error (bad_query) for LaTeX.
std::string render(const Comparison& comparison, Format format, bool explain = false);

/// Writes comparison.md, .csv, .json and curves.svg, .png into the folder, which is created if missing; returns the
/// files. Adds what could not be drawn to `warnings`. Throws Error.
std::vector<std::filesystem::path> write_comparison(const Comparison& comparison, const std::filesystem::path& folder,
                                                    std::vector<std::string>& warnings);

}  // namespace attnsweep::reports
