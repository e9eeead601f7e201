#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// The format of a table. text, markdown and latex are for people (a cell holds mean, deviation and the paper's value);
/// csv and json have a column per number.
enum class Format { text, markdown, csv, latex, json };

/// Parses the name of a format. Throws Error (bad_query), naming the known ones.
Format format_from(const std::string& name);

/// Renders a table. `name` is its label in LaTeX: table1.
std::string render(const Table& table, Format format, const std::string& name = "table");

}  // namespace attnsweep::reports
