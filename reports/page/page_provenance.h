#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Renders the section on versions, machines and settings, and on what failed or is missing, with its heading.
std::string making_section(const PageContent& content);

/// Renders the section that lists the trials with their provenance, with its heading; if not all are listed, it says
/// which are left out and how to query them.
std::string trials_section(const PageContent& content);

}  // namespace attnsweep::reports
