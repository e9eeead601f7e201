#pragma once

#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// Writes the page's sections on classes, each with its heading: confusion matrices, per-class numbers and changes, which class was
/// predicted as which, single recordings, confidence.
std::string classes_sections(const PageContent& content);

}  // namespace attnsweep::reports
