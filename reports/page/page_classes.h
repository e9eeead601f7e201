#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Renders the page's sections on classes, each with its heading: confusion matrices, per-class metrics and changes,
/// most frequent mistakes, single recordings, confidence.
std::string classes_sections(const PageContent& content);

}  // namespace attnsweep::reports
