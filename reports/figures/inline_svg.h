#pragma once

#include <string>

namespace attnsweep::reports {

/// gnuplot's SVG made a part of a page: no prologue and titles, ids of its own (`name` before each), colours by the page's
/// variables (--paper, --ink, --axis, --grid, --quiet, --s0 ... --s7) so that it follows light and dark.
/// `description`: what is read out. Empty for what is no SVG.
std::string inline_svg(const std::string& svg, const std::string& name, const std::string& description);

}  // namespace attnsweep::reports
