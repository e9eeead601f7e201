#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Renders {"title": ..., "columns": [...], "rows": [{column: value}, ...], "notes": [...]}: numbers as numbers, empty
/// cells as null.
std::string to_json(const Table& table);

}  // namespace attnsweep::reports
