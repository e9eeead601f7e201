#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Writes a `table` environment with booktabs' rules, to be \\input; `label` follows "tab:". Notes stand under it, small.
std::string to_latex(const Table& table, const std::string& label);

}  // namespace attnsweep::reports
