#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Writes {"title": ..., "columns": [...], "rows": [{column: value}, ...], "notes": [...]}: numbers as numbers, blank cells null.
std::string to_json(const Table& table);

}  // namespace attnsweep::reports
