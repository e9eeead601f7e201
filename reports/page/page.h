#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Writes one HTML page that needs nothing else: styles and figures in it, no script, and a policy that would run none.
/// The same content gives the same bytes.
std::string render_page(const PageContent& content);

}  // namespace attnsweep::reports
