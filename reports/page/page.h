#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Renders one self-contained HTML page: styles and figures inline, no script, and a content security policy that
/// allows none. Equal content gives equal bytes.
std::string render_page(const PageContent& content);

}  // namespace attnsweep::reports
