#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Writes `<table id=ID>` with caption and scopes, in a box that scrolls by itself; notes as a list under it.
std::string to_html(const Table& table, const std::string& id);

}  // namespace attnsweep::reports
