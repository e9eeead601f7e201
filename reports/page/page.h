#pragma once

#include <optional>
#include <string>

#include "reports/page/page_content.h"

namespace attnsweep::reports {

/// One HTML page that needs nothing else: styles and figures in it, no script, and a policy that would run none.
/// The same content gives the same bytes.
std::string render_page(const PageContent& content);

// Its parts, each with its heading.

/// The trials that are listed, and what each was made by; where that is not all, what is left out and how to ask for it.
std::string trials_section(const PageContent& content);
/// Versions, machines, settings, what failed and what is missing.
std::string making_section(const PageContent& content);
/// Confusion matrices, per-class numbers and changes, what was taken for what, single recordings, confidence.
std::string classes_sections(const PageContent& content);
/// Empty figures become `otherwise`.
std::string figure_html(const std::optional<PageFigure>& figure, const std::string& otherwise);
extern const char* const page_style;

}  // namespace attnsweep::reports
