#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Renders `<table id=ID>` with caption and scopes, in a box that scrolls separately; notes as a list below it.
std::string to_html(const Table& table, const std::string& id);

}  // namespace attnsweep::reports
