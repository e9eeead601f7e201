#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Renders the section on the paper's claims, with its heading: a table of claim, verdict and deciding comparison;
/// below it, collapsed, every comparison and what the paper's own table says.
std::string claims_section(const PageContent& content);

}  // namespace attnsweep::reports
