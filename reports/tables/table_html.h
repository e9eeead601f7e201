#pragma once

#include <string>

#include "reports/tables/table.h"

namespace attnsweep::reports {

/// Renders `<table id=ID>` with caption and scopes, in a box that scrolls separately; notes as a list below it. `sortable`: by
/// page_script, if the browser runs it.
std::string to_html(const Table& table, const std::string& id, bool sortable = false);

}  // namespace attnsweep::reports
