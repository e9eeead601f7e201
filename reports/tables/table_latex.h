#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Renders a `table` environment with booktabs' rules, to be \\input; `label` follows "tab:". Notes are below it in
/// small type.
std::string to_latex(const Table& table, const std::string& label);

}  // namespace attnsweep::reports
