#pragma once

namespace attnsweep::reports {

/// The page's style sheet: light, dark, narrow and printed.
extern const char* const page_style;

}  // namespace attnsweep::reports
