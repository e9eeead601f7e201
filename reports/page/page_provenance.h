#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Writes the section on versions, machines, settings, and what failed or is missing, with its heading.
std::string making_section(const PageContent& content);

/// Writes the section that lists trials and what each was made by, with its heading; where not all are listed, it says what is left
/// out and how to ask for it.
std::string trials_section(const PageContent& content);

}  // namespace attnsweep::reports
