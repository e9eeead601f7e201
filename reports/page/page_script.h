#pragma once

#include <string>

namespace attnsweep::reports {

/// Makes the page's tables of the class "sortable" sort by a click on a column's heading. Without it the page reads
/// completely.
extern const char* const page_script;

/// Returns the source expression of page_script for the page's content security policy: 'sha256-...'.
std::string page_script_source();

}  // namespace attnsweep::reports
